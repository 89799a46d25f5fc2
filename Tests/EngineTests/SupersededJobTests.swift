import Engine
import Model
import Operations
import Testing

@Suite("Jobs that newer ones took the place of")
struct SupersededJobTests {
    @Test("are no failure, nor are those that read from them")
    func downstream() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("first", reading: ["in"], jobs: .latest, #"cp "$in" "$out/""#)
            try await engine.createPipeline("second", reading: ["first"], #"cp "$first" "$out/""#)
            for number: UInt8 in 1...3 { _ = try await engine.put([(FilePath("/a"), [number])], in: CommitReference("in@master")) }
            let jobs = try await engine.run { _ in }
            #expect(jobs.allSatisfy { $0.state == .success || $0.isSuperseded }, "\(jobs.map(\.reason))")
            let followers = jobs.filter { $0.job.pipeline.name.description == "second" && $0.isSuperseded }
            #expect(!followers.isEmpty)
            #expect(followers.allSatisfy { $0.reason.hasSuffix(": first") && !$0.reason.contains("failed") })
            #expect(try await engine.files(of: CommitReference("second@master")) == [FilePath("/a"): [3]])
        }
    }
}
