import Files
import Foundation
import Model

/// Walks the files below a folder in order of name, links followed: what a link leads to is taken as if it stood there.
///
/// Folders are read as they are reached, so that memory is bounded by depth and the longest listing.
struct FolderWalk: Sendable {
    struct File {
        /// Relative to the folder.
        let path: FilePath
        let diskPath: String
        let status: FileStatus
    }

    /// A folder on the way to the present one, and its entries yet to come, last first.
    private struct Level: Sendable {
        let diskPath: String
        let path: FilePath
        let identity: FileStatus.Identity
        var names: [FileName]
    }

    private var levels: [Level] = []
    private let isSkipped: @Sendable (FileName) -> Bool
    private let container: String?

    /// - Parameters:
    ///   - skipping: names that are passed over, at any depth.
    ///   - staysInside: refuse links that lead out of the folder.
    /// - Throws: where the folder cannot be read.
    init(_ root: String, staysInside: Bool = false, skipping isSkipped: @escaping @Sendable (FileName) -> Bool = { _ in false }) throws {
        let status = try FileStatus(following: root)
        self.isSkipped = isSkipped
        container = staysInside ? try resolved(root) : nil
        try enter(root, .root, status)
    }

    /// The next file; nil at the end.
    /// - Throws: where a link leads nowhere or in a circle, a name is not UTF-8, or something is neither file nor folder.
    mutating func next() throws -> File? {
        while let last = levels.indices.last {
            // Before anything else holds the level: a listing that is shared is copied as a whole with each change.
            guard let name = levels[last].names.popLast() else {
                levels.removeLast()
                continue
            }
            let level = levels[last]
            let diskPath = level.diskPath.hasSuffix("/") ? "\(level.diskPath)\(name)" : "\(level.diskPath)/\(name)"
            let path = level.path.appending(name)
            let status = try FileStatus(following: diskPath)
            try checkInside(diskPath)
            switch status.kind {
            case .file: return File(path: path, diskPath: diskPath, status: status)
            case .folder: try enter(diskPath, path, status)
            case .special, .link:
                throw PachError(
                    .invalidArgument, "\(quoted(diskPath)) is neither a file nor a folder", hint: "Remove the pipe, socket or device.")
            }
        }
        return nil
    }

    private mutating func enter(_ diskPath: String, _ path: FilePath, _ status: FileStatus) throws {
        if let earlier = levels.first(where: { $0.identity == status.identity }) {
            throw PachError(
                .invalidArgument, "the link \(quoted(diskPath)) leads back to \(quoted(earlier.diskPath)), which holds it",
                hint: "Remove the link.")
        }
        let names = try listing(diskPath).filter { !isSkipped($0) }
        levels.append(Level(diskPath: diskPath, path: path, identity: status.identity, names: names.sorted(by: >)))
    }

    private func checkInside(_ diskPath: String) throws {
        guard let container else { return }
        let target = try resolved(diskPath)
        guard Folder.contains(container, target) else {
            throw PachError(
                .invalidArgument, "the link \(quoted(diskPath)) leads out of its folder, to \(quoted(target))",
                hint: "Copy what it leads to into the folder.")
        }
    }
}

/// The path without links.
func resolved(_ path: String) throws -> String {
    guard let result = realpath(path, nil) else { throw SystemError.error(errno, "resolve \(quoted(path))") }
    defer { free(result) }
    return String(cString: result)
}

/// The names in a folder, in no order.
private func listing(_ folder: String) throws -> [FileName] {
    var names: [FileName] = []
    try FolderStream(folder).forEachName { (name) throws(PachError) in
        do throws(PachError) {
            names.append(try FileName(bytes: Array(name)))
        } catch {
            throw PachError(.invalidArgument, "Could not read the folder \(quoted(folder)): \(error.message)", hint: error.hint)
        }
    }
    return names
}
