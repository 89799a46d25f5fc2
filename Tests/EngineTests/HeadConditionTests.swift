import Engine
import Model
import Operations
import Testing

@Suite("Changes on condition of a branch's head")
struct HeadConditionTests {
    private let repo: RepoName
    private let branch: Branch
    private let master: CommitReference

    init() throws {
        repo = try RepoName("r")
        branch = try Branch("r@master")
        master = try CommitReference("r@master")
    }

    /// - Returns: how many of `count` clients, at once, put a file on condition that the head is `head`.
    private func successes(of count: Int, _ engine: Engine, if head: CommitID, mode: PutMode, byteCount: Int) async throws -> Int {
        let path = try FilePath("/f")
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                group.addTask {
                    let content = ByteStream([UInt8](repeating: UInt8(number), count: byteCount))
                    let upload = FileUpload(path: path, sizeBytes: nil, content: content)
                    do {
                        _ = try await engine.putFiles(
                            FileUploads { nil }.preceded(by: [upload]), in: master, mode: mode, present: nil, ifHead: .isOne(of: [head]))
                        return true
                    } catch let error as PachError where error.code == .preconditionFailed {
                        return false
                    }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test(
        "of clients that state the same head one makes a commit", arguments: [(PutMode.overwrite, 9), (.overwrite, 300_000), (.append, 9)])
    func oneWins(_ mode: PutMode, _ byteCount: Int) async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(repo, description: "", update: false)
            let first = try await engine.put([(FilePath("/f"), [1])], in: master)
            #expect(try await successes(of: 8, engine, if: first, mode: mode, byteCount: byteCount) == 1)
            let commits = try await engine.listCommits(CommitQuery(repo: repo))
            #expect(commits.count == 2 && commits[0].parentCommit?.id == first)
        }
    }

    @Test("a branch is moved from the head that is stated alone")
    func moves() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(repo, description: "", update: false)
            let missing = await #expect(throws: PachError.self) {
                try await engine.createBranch(branch, head: nil, ifHead: .exists)
            }
            #expect(missing?.code == .preconditionFailed)
            let first = try await engine.put([(FilePath("/f"), [1])], in: master)
            let second = try await engine.put([(FilePath("/f"), [2])], in: master)
            let back = try CommitReference("r@\(first)")
            let stale = await #expect(throws: PachError.self) {
                try await engine.createBranch(branch, head: back, ifHead: .isOne(of: [first]))
            }
            #expect(stale?.code == .preconditionFailed)
            #expect(try await engine.createBranch(branch, head: back, ifHead: .isOne(of: [second])).head?.id == first)
        }
    }
}
