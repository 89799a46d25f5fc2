import Engine
import Foundation
import Ledger
import Model
import Operations
import Testing

@Suite("Code that is laid out for workers")
struct LaidOutCodeTests {
    /// Waits until so many trees of code lie in the scratch folder.
    private func waitForTrees(_ count: Int, in test: TestEngine) async throws {
        let folder = test.root.scratchPath + "/code"
        while try FileManager.default.contentsOfDirectory(atPath: folder).count != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test("goes with the last pipeline that has it, and is laid out anew for the next", .timeLimit(.minutes(1)))
    func lifetime() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            func run(_ pipeline: String, saying said: String) async throws {
                let spec = """
                    {"pipeline":{"name":"\(pipeline)"},"input":{"pfs":{"repo":"in","glob":"/*"}},
                     "transform":{"cmd":["sh","-ec","cat said > \\"${in%/in/*}/out/said\\""],"build":{"path":"."}}}
                    """
                let code = CodeFile(path: try FilePath("/said"), bytes: Array(said.utf8), isExecutable: false)
                _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "test", code: [code], update: true))
                #expect(try await engine.run { _ in }.last?.state == .success)
                let files = try await engine.files(of: CommitReference("\(pipeline)@master"))
                #expect(files == [try FilePath("/said"): Array(said.utf8)])
            }
            try await run("one", saying: "old")
            try await run("two", saying: "old")
            try await waitForTrees(1, in: test)
            try await run("one", saying: "new")
            try await waitForTrees(2, in: test)
            try await engine.deletePipeline(PipelineName("two"), keepRepo: false, force: false)
            try await waitForTrees(1, in: test)
            try await run("three", saying: "old")
            try await run("one", saying: "old")
            try await waitForTrees(1, in: test)
        }
    }
}
