public import Model

/// Writes stored files into a folder of the host: read-only files, under their own names.
///
/// Nothing that is there is overwritten and no link is followed, so the folder may belong to someone hostile. Folders that are
/// there are used, so that several checkouts can share one place. Holds one chunk, the listings on the way down and two open
/// descriptors (invariant 8). Calls block.
public struct Checkout: Sendable {
    /// Puts a file at `name` in the folder `directory` by other means than writing it, such as a hard link to a cached copy.
    /// - Returns: the file's size; nil where it is to be written after all.
    public typealias Placement = @Sendable (_ file: TreeNode, _ directory: Int32, _ name: String) throws(PachError) -> Int?

    /// What a file may do where nothing else is said: be read.
    public static let fileMode: UInt32 = 0o444
    /// What a folder may do: be listed, and be written to by its owner.
    public static let folderMode: UInt32 = 0o755

    private let objects: any ObjectReader
    private let place: Placement?

    /// - Parameter place: Asked before each file; nil where every file is written.
    public init(_ objects: any ObjectReader, place: Placement? = nil) {
        self.objects = objects
        self.place = place
    }

    /// Writes `node`, a file or a folder with everything in it, to `path` below the host's folder `target`, which exists.
    /// - Parameter mode: The files' permissions.
    /// - Returns: how many bytes the files have.
    /// - Throws: `alreadyExists` where a file's name is taken; `outOfSpace`; `io`.
    @discardableResult
    public func write(
        _ node: TreeNode, at path: FilePath, below target: String, mode: UInt32 = Checkout.fileMode
    ) throws(PachError) -> Int {
        let root = try HostFolder(target)
        guard node.kind == .folder else {
            guard let name = path.name else { throw PachError(.invalidArgument, "'/' is a folder, not a file") }
            return try write(node, as: name, in: root.descend(path.parent, creating: true), mode)
        }
        let top = try root.descend(path, creating: true)
        var current = (path: FilePath.root, folder: top)
        var byteCount = 0
        try TreeReader(objects).walk(node.id) { (path, node) throws(PachError) in
            guard let name = path.name else { return .proceed }
            if current.path != path.parent { current = (path.parent, try top.descend(path.parent, creating: false)) }
            if node.kind == .folder {
                try current.folder.create(name)
            } else {
                byteCount += try write(node, as: name, in: current.folder, mode)
            }
            return .proceed
        }
        return byteCount
    }

    private func write(_ node: TreeNode, as name: FileName, in folder: HostFolder, _ mode: UInt32) throws(PachError) -> Int {
        if let place, let byteCount = try place(node, folder.descriptor, name.description) { return byteCount }
        let file = try folder.createFile(name, mode)
        var byteCount = 0
        try FileReader(objects).read(node) { (bytes) throws(PachError) in
            try file.write(bytes)
            byteCount += bytes.count
        }
        try file.close()
        return byteCount
    }
}
