import Engine
import Model
import Operations
import Synchronization
import Testing

@Suite("Uploads that outlive their repo")
struct ReplacedRepoTests {
    @Test("what began in a repo that was deleted does not end in a new one of its name", arguments: [PutMode.overwrite, .append])
    func upload(mode: PutMode) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let repo = try RepoName("r")
            try await engine.createRepo(repo, description: "", update: false)
            let paths = try ["a", "b"].map { try FilePath($0) }
            let rest = Mutex(paths[...])
            let uploads = FileUploads {
                if let path = rest.withLock({ $0.popFirst() }) {
                    return FileUpload(path: path, sizeBytes: 1, content: ByteStream([1]))
                }
                // The repo was looked up before the first file was taken in.
                try await engine.deleteRepo(repo, force: false)
                try await engine.createRepo(repo, description: "", update: false)
                return nil
            }
            let error = await #expect(throws: PachError.self) {
                try await engine.putFiles(uploads, in: CommitReference("r@master"), mode: mode)
            }
            #expect(error?.code == .conflict)
            #expect(try await engine.listCommits(CommitQuery(repo: repo)).isEmpty)
            #expect(try await engine.fsck(publish: true, fix: false).findings.isEmpty)
        }
    }
}
