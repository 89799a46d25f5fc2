import Engine
import Model
import Operations
import Testing

@Suite("A pipeline whose spec says a salt")
struct SaltTests {
    @Test("skips what has not changed after an update, and brings back nothing from before all was processed again")
    func updates() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("stamp", reading: ["in"], #"echo "$PACH_JOB_ID" > "$out/job""#)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            let spec = try await engine.inspectPipeline(PipelineName("stamp")).userSpec

            func output(salt: String?, reprocess: Bool = false) async throws -> String {
                let salted = salt.map { #"{"salt":"\#($0)","# + spec.dropFirst() } ?? spec
                _ = try await engine.createPipeline(
                    PipelineRequest(spec: salted, fileName: "test", update: true, reprocess: reprocess))
                #expect(try await engine.run { _ in }.last?.state == .success)
                let bytes = try await engine.files(of: CommitReference("stamp@master"))[FilePath("/job")]
                return String(decoding: try #require(bytes), as: UTF8.self)
            }
            let first = try await output(salt: "v1")
            #expect(try await output(salt: "v1") == first)
            let second = try await output(salt: "v1", reprocess: true)
            #expect(second != first)
            #expect(try await output(salt: "v1") == second)
            #expect(try await output(salt: nil) == second)
            let third = try await output(salt: "v2")
            #expect(third != second)
            // Said anew, it is what it was at first.
            #expect(try await output(salt: "v1") == first)
        }
    }
}
