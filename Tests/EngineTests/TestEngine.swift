import Engine
import Ledger
import Model
import Operations
import TestSupport
import Workers

/// An engine on a data root of its own, that can be closed and opened again. For one task at a time.
final class TestEngine {
    let root: DataRoot
    private(set) var engine: Engine
    private let lock: RootLock

    private init(_ root: DataRoot) throws {
        try root.create()
        guard let lock = try RootLock.tryAcquire(root) else { throw PachError(.locked, "somebody else has the test's root") }
        self.root = root
        self.lock = lock
        engine = try Self.open(root, lock)
    }

    static func with<Value>(_ body: (TestEngine) async throws -> Value) async throws -> Value {
        try await withTemporaryFolder { folder in
            let test = try TestEngine(DataRoot(path: folder + "/repos"))
            let value = try await body(test)
            try await test.engine.close()
            return value
        }
    }

    func reopen() async throws {
        try await engine.close()
        engine = try Self.open(root, lock)
    }

    func git(_ repo: RepoName) throws -> GitProgram {
        try GitProgram(repository: root.repoPath(repo))
    }

    private static func open(_ root: DataRoot, _ lock: RootLock) throws -> Engine {
        try Engine(
            root: root, lock: lock, configuration: Engine.Configuration(sandbox: .none, executable: "/proc/self/exe", version: "test"))
    }
}

extension Operations {
    /// Puts files that are at hand in one commit.
    func put(_ files: [(path: FilePath, bytes: [UInt8])], in commit: CommitReference, mode: PutMode = .overwrite) async throws -> CommitID {
        let uploads = Pulled(files.map { FileUpload(path: $0.path, sizeBytes: Int64($0.bytes.count), content: ByteStream($0.bytes)) })
        return try await putFiles(FileUploads { await uploads.next() }, in: commit, mode: mode).commit.commit.id
    }

    /// All files of a commit.
    func files(of commit: CommitReference) async throws -> [FilePath: [UInt8]] {
        var files: [FilePath: [UInt8]] = [:]
        for try await group in getFiles(FileReference(commit: commit, path: .root)) {
            for file in group {
                var bytes: [UInt8] = []
                for try await piece in file.content { bytes += piece }
                files[file.info.file.path] = bytes
            }
        }
        return files
    }
}

private actor Pulled {
    private var rest: ArraySlice<FileUpload>

    init(_ files: [FileUpload]) {
        rest = files[...]
    }

    func next() -> FileUpload? {
        rest.popFirst()
    }
}
