internal import Crypto
internal import Files
internal import Foundation
internal import Glibc
internal import Metadata
internal import Model
internal import Synchronization

/// Says which code a pipeline runs, so that datums are processed again when it changes: the transform's own text, the tree of the code
/// that is stored with the spec, and the content of an executable that lies outside of the system's folders.
final class CodeIdentity: Sendable {
    /// Folders whose programs change with the system, not with the user's work.
    private static let systemFolders = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/opt/", "/nix/"]

    private struct FileState: Hashable {
        var path: String
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: [Int]
        var changed: [Int]
    }

    /// The folder with which `PATH` begins.
    private let programs: String
    private let digests = Mutex<[String: (state: FileState, digest: String)]>([:])

    init(programs: String) {
        self.programs = programs
    }

    /// Blocks.
    func identity(of version: PipelineVersionRow) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var hash = SHA256()
        let executable = try version.spec.transform.cmd.first.flatMap { try digest(ofProgram: $0) }
        for part in [
            try encoder.encode(version.spec.transform), Data((version.code?.description ?? "").utf8), Data((executable ?? "").utf8),
        ] {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Digest(Array(hash.finalize())).description
    }

    /// What the system says of a path where there is no program that could be read. All else says only that the machine fails, or lacks
    /// something just now: were the digest nil then, the code would count as changed.
    private static let absences = [ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG]

    /// - Parameter result: what a call returned that looks at the path.
    /// - Returns: whether it found there what can be read.
    private static func isThere(_ path: String, _ result: Int32) throws(PachError) -> Bool {
        guard result != 0 else { return true }
        guard absences.contains(errno) else { throw SystemError.error(errno, "inspect \(quoted(path))") }
        return false
    }

    /// The digest of a program that is the user's own; nil for the system's, and for what is looked for inside of the sandbox.
    private func digest(ofProgram name: String) throws -> String? {
        let path: String
        if name.contains("/") {
            path = name
        } else {
            path = "\(programs)/\(name)"
        }
        guard path.hasPrefix("/"), path.hasPrefix(programs + "/") || !Self.systemFolders.contains(where: path.hasPrefix) else { return nil }
        var status = stat()
        guard try Self.isThere(path, stat(path, &status)), status.st_mode & S_IFMT == S_IFREG else { return nil }
        let state = FileState(
            path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec], changed: [status.st_ctim.tv_sec, status.st_ctim.tv_nsec])
        if let known = digests.withLock({ $0[path] }), known.state == state { return known.digest }
        guard try Self.isThere(path, access(path, R_OK)) else { return nil }
        let file = try File.open(path)
        var hash = SHA256()
        var offset = 0
        while case let piece = try file.read(at: offset, count: 1 << 20), !piece.isEmpty {
            hash.update(data: piece)
            offset += piece.count
        }
        let digest = Digest(Array(hash.finalize())).description
        digests.withLock { $0[path] = (state, digest) }
        return digest
    }
}
