import Model
import Operations
import Testing

@testable import Engine

@Suite("What a pipeline lacks as it is created is told")
struct PipelineWarningTests {
    private func warnings(
        _ engine: Engine, branch: String = "master", program: String = "sh", isDry: Bool = true
    ) async throws -> [String] {
        let spec = """
            {"pipeline": {"name": "p"}, "transform": {"cmd": ["\(program)"]},
            "input": {"pfs": {"repo": "in", "branch": "\(branch)", "glob": "/*"}}}
            """
        let request = PipelineRequest(spec: spec, fileName: "test", update: true, dryRun: isDry)
        return try #require(try await engine.createPipeline(request).details.warnings)
    }

    @Test("an input branch that is not there, by the check and by the creation")
    func branch() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            #expect(try await warnings(engine) == [], "a new repo has no branch yet")
            let missing = "The branch in@prod does not exist, so far; there are no datums until something is put there. Branches of in: "
            #expect(try await warnings(engine, branch: "prod") == [missing + "none."])
            _ = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("in@staging"))
            #expect(try await warnings(engine, branch: "prod") == [missing + "staging."])
            #expect(try await warnings(engine).count == 1)
            #expect(try await warnings(engine, branch: "staging") == [])
            #expect(try await warnings(engine, branch: "prod", isDry: false) == [missing + "staging."])
            #expect(try await engine.inspectPipeline(PipelineName("p")).details.warnings == nil)
        }
    }

    @Test("a program that is nowhere, unless the code or the sandbox may have it", arguments: ["nosuch", "/usr/bin/nosuch", "/opt/nosuch"])
    func program(_ program: String) async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            let missing = "The program '\(program)' is not on the machine that runs the jobs, so far; they would fail."
            #expect(try await warnings(test.engine, program: program) == [missing])
            for other in ["sh", "/bin/sh", "./nosuch", "/code/nosuch", "/pfs/in/nosuch"] {
                #expect(try await warnings(test.engine, program: other) == [], "\(other)")
            }
        }
    }
}
