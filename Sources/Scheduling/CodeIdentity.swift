internal import Crypto
internal import Files
internal import Glibc
internal import Metadata
internal import Model
internal import Synchronization
internal import Workers

/// Says which code a pipeline runs, so that datums are processed again when it changes: the transform's own text, the tree of the code
/// that is stored with the spec, and the content of the program that `cmd` begins with, where that lies outside of the system's folders.
final class CodeIdentity: Sendable {
    /// Folders whose programs change with the system, not with the user's work.
    private static let systemFolders = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/nix"]
    /// What lies below those and is the user's all the same.
    private static let ownFolder = "/usr/local"

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
        var hash = SHA256()
        let executables = try places(ofProgramOf: version.spec.transform).compactMap { try digest(ofProgram: $0) }
        for part in [
            CanonicalJSON.bytes(of: version.spec.transform, escapesSlashes: true), Array((version.code?.description ?? "").utf8),
            Array(executables.joined().utf8),
        ] {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Digest(Array(hash.finalize())).description
    }

    /// Whether the program that the transform starts is nowhere on this machine. False where the code or the sandbox may have it. Blocks.
    func lacksProgram(of transform: Transform) throws -> Bool {
        let places = places(ofProgramOf: transform)
        let isPath = transform.cmd.first?.utf8.contains(UInt8(ascii: "/")) == true
        guard !isPath || places.allSatisfy({ path in (Self.systemFolders + ["/opt"]).contains { Folder.contains($0, path) } }) else {
            return false
        }
        return try !places.isEmpty
            && places.allSatisfy { path in
                var status = stat()
                return try !Self.isThere(path, stat(path, &status))
            }
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

    /// Whether the program at an absolute path changes with the system.
    static func isOfTheSystem(_ path: String) -> Bool {
        systemFolders.contains { Folder.contains($0, path) } && !Folder.contains(ownFolder, path)
    }

    /// Where the program may be that the transform starts; nowhere for what only its sandbox has. Of several that `PATH` finds the sandbox may show
    /// another than the first: a change of one that is not used costs a run, one that is missed would keep a wrong output.
    private func places(ofProgramOf transform: Transform) -> [String] {
        guard let name = transform.cmd.first else { return [] }
        if name.utf8.contains(UInt8(ascii: "/")) { return name.utf8.first == UInt8(ascii: "/") ? [name] : [] }
        let path = transform.env["PATH"] ?? SandboxCommand.standardPath
        let folders = path.split(separator: ":").filter { $0.utf8.first == UInt8(ascii: "/") }
        return ([programs] + folders.map(String.init)).map { "\($0)/\(name)" }
    }

    /// The digest of a program that is the user's own; nil for the system's.
    private func digest(ofProgram path: String) throws -> String? {
        guard Folder.contains(programs, path) || !Self.isOfTheSystem(path) else { return nil }
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
