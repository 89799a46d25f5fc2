import Engine
import Model
import Operations
import TestSupport
import Testing

@Suite("The index of good outputs, once no job reads it")
struct DatumIndexRefTests {
    /// What ends its use.
    enum End: CaseIterable {
        case deletion, update
    }

    @Test("is named by no ref any more", arguments: End.allCases)
    func ends(end: End) async throws {
        try await TestEngine.with { test in
            let output = try RepoName("copy")
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            _ = try await test.engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            func hasIndex() async throws -> Bool {
                _ = try await test.engine.fsck(publish: true, fix: false)
                return try test.git(output).run("for-each-ref").contains("refs/pach/datums")
            }
            #expect(try await hasIndex())
            switch end {
            case .deletion: try await test.engine.deletePipeline(PipelineName("copy"), keepRepo: true, force: false)
            case .update:
                try await test.engine.updatePipeline("copy", (#""previous":false"#, #""previous":true"#))
                #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            }
            #expect(try await !hasIndex())
        }
    }
}
