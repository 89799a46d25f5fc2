import Engine
import Foundation
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

    /// - Parameter original: a data root that nobody has open, to begin with a copy of; without one the root is new.
    static func with<Value>(copyOf original: String? = nil, _ body: (TestEngine) async throws -> Value) async throws -> Value {
        try await withTemporaryFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
            if let original { try FileManager.default.copyItem(atPath: original, toPath: folder + "/repos") }
            let test = try TestEngine(DataRoot(path: folder + "/repos"))
            let value = try await body(test)
            try await test.engine.close()
            return value
        }
    }

    /// - Parameter body: runs while nobody has the root open.
    func reopen(_ body: () throws -> Void = {}) async throws {
        try await engine.close()
        try body()
        engine = try Self.open(root, lock)
    }

    /// Makes the database anew.
    /// - Parameter body: runs before that, while nobody has the root open.
    func rebuild(_ body: () throws -> Void) async throws -> RebuildReport {
        try await engine.close()
        try body()
        let report = try await Engine.rebuild(root: root, lock: lock, notices: .none)
        engine = try Self.open(root, lock)
        return report
    }

    /// Copies the data root as it is with nobody at work.
    func copy(to folder: String) async throws {
        try await engine.close()
        try FileManager.default.copyItem(atPath: root.path, toPath: folder)
        engine = try Self.open(root, lock)
    }

    func git(_ repo: RepoName) throws -> GitProgram {
        try GitProgram(repository: root.repoPath(repo))
    }

    private static func open(_ root: DataRoot, _ lock: RootLock) throws -> Engine {
        try Engine(
            root: root, lock: lock,
            configuration: Engine.Configuration(sandbox: .none, executable: supervisor, version: "test", notices: .none))
    }

    /// Built beside the tests.
    private static let supervisor =
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/SupervisorFixture"
}

extension Operations {
    /// Creates a pipeline that runs a script on each datum. In a plain sandbox, `out` is the folder that stands for `/pfs/out`.
    func createPipeline(
        _ name: String, reading repos: [String], previous: Bool = false, jobs: PipelineSpec.Jobs = .all, parallelism: Int = 1,
        _ script: String
    ) async throws {
        let inputs = repos.map { #"{"pfs":{"repo":"\#($0)","glob":"/*"}}"# }
        let input = inputs.count == 1 ? inputs[0] : #"{"cross":[\#(inputs.joined(separator: ","))]}"#
        let script = #"out="${\#(repos[0])%/\#(repos[0])/*}/out"; "# + script
        let text = String(decoding: try JSONEncoder().encode(["sh", "-ec", script]), as: UTF8.self)
        let spec = #"{"pipeline":{"name":"\#(name)"},"input":\#(input),"transform":{"cmd":\#(text)},"#
        let last = #""parallelism_spec":{"constant":\#(parallelism)},"previous":\#(previous),"jobs":"\#(jobs.rawValue)"}"#
        _ = try await createPipeline(PipelineRequest(spec: spec + last, fileName: "test"))
    }

    /// Updates a pipeline to the spec that it has.
    /// - Parameter change: what is put into it anew.
    func updatePipeline(_ name: String, _ change: (old: String, new: String)? = nil) async throws {
        var spec = try await inspectPipeline(PipelineName(name)).userSpec
        if let change {
            guard let range = spec.range(of: change.old, options: .literal) else {
                throw PachError(.invalidArgument, "the spec of pipeline \(name) has no \(change.old)")
            }
            spec.replaceSubrange(range, with: change.new)
        }
        _ = try await createPipeline(PipelineRequest(spec: spec, fileName: "test", update: true))
    }

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
