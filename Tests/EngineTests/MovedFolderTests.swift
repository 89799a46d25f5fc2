import Engine
import Foundation
import Ledger
import Model
import Operations
import Testing

@Suite("A repo whose folder is away")
struct MovedFolderTests {
    @Test("no command puts an empty one in its place")
    func away() async throws {
        try await TestEngine.with { test in
            let (input, output) = (try RepoName("in"), try RepoName("copy"))
            try await test.engine.createRepo(input, description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            _ = try await test.engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            for repo in [input, output] {
                let path = test.root.repoPath(repo)
                try await test.reopen { try FileManager.default.moveItem(atPath: path, toPath: path + ".away") }
                for isUpdate in [false, true] {
                    await #expect(throws: PachError.self) {
                        try await test.engine.createRepo(repo, description: "new", update: isUpdate)
                    }
                }
                if repo == output { await #expect(throws: PachError.self) { try await test.engine.updatePipeline("copy") } }
                #expect(!FileManager.default.fileExists(atPath: path), "\(repo)")
                try await test.reopen { try FileManager.default.moveItem(atPath: path + ".away", toPath: path) }
                #expect(try await test.engine.files(of: CommitReference("\(repo)@master")).count == 1)
            }
        }
    }
}
