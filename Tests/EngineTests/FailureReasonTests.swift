import Engine
import Model
import Operations
import Testing

@Suite("Why a job did not succeed")
struct FailureReasonTests {
    @Test("a failed job names a file that it failed at, what the program said last, and how many failed")
    func failure() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            // Odd ones fail; what is written to standard output is no reason, nor is a blank line.
            try await engine.createPipeline(
                "even", reading: ["in"],
                """
                case $(cat "$in") in
                1) echo Traceback >&2; printf 'ValueError: \\033[31modd\\n\\n' >&2; echo done; exit 1 ;;
                2) echo fine >&2 ;;
                esac
                """)
            try await engine.createPipeline("next", reading: ["even"], "true")
            let files = try [("/a", "1"), ("/b", "2"), ("/c", "1")].map { (path: try FilePath($0.0), bytes: Array($0.1.utf8)) }
            _ = try await engine.put(files, in: CommitReference("in@master"))
            let jobs = try await engine.run { _ in }
            let even = try #require(jobs.last { $0.job.pipeline.name.description == "even" })
            #expect(even.state == .failure)
            #expect(even.reason == #"in@master:/a: 'sh' exited with code 1: ValueError: \u{1B}[31modd (2 of 3 failed)"#)
            let next = try #require(jobs.last { $0.job.pipeline.name.description == "next" })
            #expect(next.state == .unrunnable)
            #expect(next.reason == "unrunnable because the following upstream pipelines failed: even")
        }
    }

    @Test("long paths and long lines are cut")
    func long() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let name = String(repeating: "n", count: 250)
            for repo in ["in", "other"] {
                try await engine.createRepo(RepoName(repo), description: "", update: false)
                _ = try await engine.put([(FilePath("/\(name)"), [1])], in: CommitReference("\(repo)@master"))
            }
            try await engine.createPipeline("long", reading: ["in", "other"], "printf '%01000d' 7 >&2; exit 1")
            let reason = try #require(try await engine.run { _ in }.last).reason
            #expect(reason.hasPrefix("in@master:/nnn"))
            #expect(reason.contains("…: 'sh' exited with code 1: 0000"))
            #expect(reason.hasSuffix("0… (1 of 1 failed)"))
            #expect(reason.count < 500)
        }
    }
}
