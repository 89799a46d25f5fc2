#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files at and below a path.
public struct FileTree: Sendable {
    /// A file of the tree.
    public struct File: Hashable, Sendable {
        /// Where it is.
        public var path: String
        /// Its path below the root of the tree; its name, when it is the root itself.
        public var relativePath: String
    }

    /// Whether the root is a folder.
    public let isFolder: Bool
    /// The files, in byte order of their relative paths. Names that begin with a time are so in order of time.
    public let files: [File]

    /// Lists the files at and below `root`, following links.
    ///
    /// - Returns: `nil` when there is nothing at `root`.
    /// - Throws: `.io` when a folder cannot be listed, or a link below `root` leads nowhere.
    public init?(at root: String) throws(RecommenderError) {
        guard let kind = Self.kind(of: root) else { return nil }
        isFolder = kind == .folder
        guard isFolder else {
            files = [File(path: root, relativePath: root.split(separator: "/").last.map(String.init) ?? root)]
            return
        }
        var found: [File] = []
        var folders = [""]
        while let folder = folders.popLast() {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: Self.join(root, folder))
            } catch {
                throw RecommenderError(.io, "Could not list the folder '\(Self.join(root, folder))': \(error)")
            }
            for name in names {
                let relative = Self.join(folder, name)
                let path = Self.join(root, relative)
                switch Self.kind(of: path) {
                case .file: found.append(File(path: path, relativePath: relative))
                case .folder: folders.append(relative)
                case nil: throw RecommenderError(.io, "'\(path)' leads nowhere", hint: "Remove the link, or make what it points to.")
                }
            }
        }
        files = found.sorted { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
    }

    /// The files at and below `root`, where something must be.
    ///
    /// - Throws: `.io` when there is nothing, and as `init`.
    public static func of(_ root: String) throws(RecommenderError) -> FileTree {
        guard let tree = try FileTree(at: root) else {
            throw RecommenderError(.io, "There is nothing at '\(root)'", hint: "Name a file, or a folder of files.")
        }
        return tree
    }

    /// Copies a file, in place of what was there.
    ///
    /// - Throws: `.io` when that fails.
    public static func copy(_ path: String, to target: String) throws(RecommenderError) {
        var file = try OutputFile(target)
        try file.write(try MappedFile.bytes(of: path))
        try file.finish()
    }

    private enum Kind {
        case file, folder
    }

    /// What a path leads to. Circles of links end at the system's limit, as paths that lead nowhere.
    private static func kind(of path: String) -> Kind? {
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        return isFolder ? .folder : .file
    }

    /// `name` in `folder`, where an empty folder is the present one.
    public static func join(_ folder: String, _ name: String) -> String {
        if folder.isEmpty { return name }
        if name.isEmpty { return folder }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
