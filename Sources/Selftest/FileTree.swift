internal import Files
internal import Foundation
internal import Glibc

/// Folders and files with all their bytes, in memory: what a disk holds at one moment.
struct FileTree: Sendable, Hashable {
    /// Paths of folders, relative to the tree's own, which is not among them.
    var folders: Set<String> = []
    var files: [String: [UInt8]] = [:]

    init() {}

    /// Files that say nothing, and of which much would be kept: the ballast; folders of workers, where user code writes, which is not
    /// recorded, and nothing is kept.
    static func isOfNoAccount(_ path: String) -> Bool {
        path.hasSuffix(".pach/ballast") || path.contains(".pach-scratch/")
    }

    /// Takes in what is below a folder.
    init(reading folder: String) throws {
        var prefixes = [""]
        while let prefix = prefixes.popLast() {
            // Foundation's own listings pass over what they cannot read; a judge must not.
            for name in try Folder.names(in: "\(folder)/\(prefix)") where !Self.isOfNoAccount(prefix + name) {
                let path = prefix + name
                guard let status = try Folder.status(of: "\(folder)/\(path)", followingLinks: false) else {
                    throw SelftestFailure("\(path) went away while it was looked at")
                }
                if status.isFolder {
                    folders.insert(path)
                    prefixes.append("\(path)/")
                } else {
                    files[path] = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)")))
                }
            }
        }
    }

    /// Makes `folder` hold this and nothing else.
    func write(to folder: String) throws {
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // In this order, a folder comes before what is in it.
        for path in folders.sorted() { guard mkdir("\(folder)/\(path)", 0o755) == 0 else { throw failure("make", path) } }
        for (path, bytes) in files {
            let mode: mode_t = path.contains("/hooks/") ? 0o755 : path.hasSuffix("/token") ? 0o600 : 0o644
            let descriptor = open("\(folder)/\(path)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
            guard descriptor >= 0 else { throw failure("make", path) }
            defer { close(descriptor) }
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count == bytes.count else { throw failure("write", path) }
        }
    }

    /// A number that two trees share by chance alone. SQLite's index of its log is left out: whoever opens the database first builds it anew.
    var fingerprint: Int {
        var hasher = Hasher()
        for folder in folders.sorted() { hasher.combine(folder) }
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) where !path.hasSuffix("-shm") {
            hasher.combine(path)
            hasher.combine(bytes.count)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
        return hasher.finalize()
    }

    private func failure(_ action: String, _ path: String) -> SelftestFailure {
        SelftestFailure("could not \(action) \(path): \(String(cString: strerror(errno)))")
    }
}
