internal import Files
internal import Glibc
internal import Model

/// Copies files durably: a file appears under its name when all of it is on disk.
struct FileCopy {
    /// Bytes that were copied, not counting those of links.
    private(set) var byteCount: Int64 = 0
    /// Folders with new names, to be synced in the end.
    private var touched: Set<String> = []
    private let links: Bool
    private let check: () throws(PachError) -> Void

    /// - Parameters:
    ///   - links: where source and destination are on one file system, let both names stand for the same file.
    ///   - check: is asked time and again, and ends the copy by throwing.
    init(links: Bool, check: @escaping () throws(PachError) -> Void = {}) {
        self.links = links
        self.check = check
    }

    /// - Throws: where the copy is to end here.
    func checkCancellation() throws(PachError) { try check() }

    private static let pieceByteCount = 1 << 20

    /// A name that nobody has; what is called so is left by a copy that was cut off.
    static func temporaryPath(beside path: String) -> String {
        "\(Folder.parent(of: path))/\(Folder.temporaryName())"
    }

    /// Removes what a copy that was cut off left in a folder to which nobody else copies.
    static func removeLeftovers(in folder: String) throws(PachError) {
        for name in try Folder.names(in: folder) where name.hasPrefix(Folder.temporaryPrefix) { try Folder.removeFile("\(folder)/\(name)") }
    }

    mutating func makeFolder(_ path: String) throws(PachError) {
        try Durability.makeFolder(path)
    }

    /// - Parameter isImmutable: the file never changes under this name; only such a file is linked.
    mutating func copy(_ source: String, to destination: String, mode: mode_t = 0o644, isImmutable: Bool = false) throws(PachError) {
        let folder = Folder.parent(of: destination)
        let temporary = Self.temporaryPath(beside: destination)
        // What nobody can read is no copy, so it gets no second name either.
        let input = try File.open(source)
        if isImmutable, links, link(source, temporary) == 0 {
            try rename(temporary, destination)
            touched.insert(folder)
            return
        }
        try File.replace(destination, through: temporary, mode: mode) { (output) throws(PachError) in
            try copyBytes(from: input, to: output)
        }
        touched.insert(folder)
    }

    private mutating func copyBytes(from input: File, to output: File) throws(PachError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceByteCount, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            try check()
            let count = try input.read(at: offset, into: buffer)
            if count == 0 { return }
            try output.write(UnsafeRawBufferPointer(buffer).slice(0..<count), at: offset)
            offset += count
            byteCount += Int64(count)
        }
    }

    /// What a file is called that `write` has not written whole.
    static func temporaryName(of destination: String) -> String { "\(destination).tmp" }

    /// Writes a small file, as `copy` does.
    mutating func write(_ text: String, to destination: String, mode: mode_t = 0o644) throws(PachError) {
        let temporary = Self.temporaryName(of: destination)
        try Folder.removeFile(temporary)
        try File.replace(destination, through: temporary, mode: mode) { (output) throws(PachError) in
            try output.write(Array(text.utf8), at: 0)
        }
        touched.insert(Folder.parent(of: destination))
    }

    /// Removes files that nothing needs any more, indexes of packs first: one that stayed without its pack, after a power cut too, would pass for
    /// a pack that is lost.
    mutating func removeAll(_ paths: [String]) throws(PachError) {
        for path in paths where path.hasSuffix(".idx") { try remove(path) }
        try settle()
        for path in paths where !path.hasSuffix(".idx") { try remove(path) }
    }

    /// Removes a copy that is not to be relied on.
    mutating func remove(_ path: String) throws(PachError) {
        try Folder.removeFile(path)
        touched.insert(Folder.parent(of: path))
    }

    mutating func rename(_ old: String, _ new: String) throws(PachError) {
        try Folder.rename(old, to: new)
        touched.insert(Folder.parent(of: new))
    }

    /// Makes all new names durable.
    mutating func settle() throws(PachError) {
        for folder in touched { try Durability.sync(folder) }
        touched = []
    }
}
