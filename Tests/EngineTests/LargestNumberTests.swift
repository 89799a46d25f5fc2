import Engine
import Model
import Operations
import Testing

@Suite("The largest number that a client can send")
struct LargestNumberTests {
    @Test("is as good as no limit")
    func limits() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let repo = try RepoName("in"), pipeline = try PipelineName("copy")
            try await engine.createRepo(repo, settings: RepoSettings(retention: Retention(commits: .max, duration: nil)), update: false)
            try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/"; echo done"#)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            _ = try await engine.run { _ in }
            let tree = try await engine.inspectCommit(CommitReference("in@master"), wait: false).tree
            #expect(try await engine.listCommits(CommitQuery(repo: repo, number: .max)).count == 1)
            #expect(try await engine.listCommits(CommitQuery(repo: repo, to: CommitReference("in@master"), number: .max)).count == 1)
            #expect(try await !engine.listCommitSets(number: .max).isEmpty)
            #expect(try await !engine.listJobs(JobQuery(number: .max)).isEmpty)
            #expect(try await !engine.listJobs(JobQuery(states: [.success], number: .max)).isEmpty)
            #expect(try await !engine.listJobSets(number: .max).isEmpty)
            #expect(try await engine.whyObject(tree, number: .max).first?.keepers.isEmpty == false)
            #expect(try await engine.collectGarbage(dryRun: true).expired.isEmpty)
            var lines = 0
            for try await _ in engine.logs(LogQuery(pipeline: pipeline, tail: .max)) { lines += 1 }
            #expect(lines > 0)
        }
    }

    @Test("of files that are left out of a put is refused", arguments: [Int.max, .min, -1])
    func presentFiles(count: Int) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let master = try CommitReference("in@master")
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: master)
            let present = PresentFiles(tree: try await engine.inspectCommit(master, wait: false).tree, count: count)
            let file = FileUpload(path: try FilePath("/b"), sizeBytes: 1, content: ByteStream([2]))
            let error = await #expect(throws: PachError.self) {
                try await engine.putFiles(FileUploads { nil }.preceded(by: [file]), in: master, mode: .overwrite, present: present)
            }
            #expect(error?.code == .invalidArgument)
            #expect(try await engine.files(of: master) == [FilePath("/a"): [1]])
        }
    }
}
