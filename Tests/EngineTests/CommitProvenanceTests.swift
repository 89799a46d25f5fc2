import Model
import Operations
import Testing

@testable import Engine

@Suite("What a commit is made from and what is made from it")
struct CommitProvenanceTests {
    private func links(_ commits: [(repo: String, id: CommitID)]) throws -> Set<String> {
        Set(try commits.map { "\(try RepoName($0.repo))@\($0.id)" })
    }

    @Test("is told by any number of steps, back to what users put and on to all that followed")
    func steps() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            for name in ["raw", "asked"] { try await engine.createRepo(RepoName(name), description: "", update: false) }
            let raw = try await engine.put([(FilePath("/a"), [1])], in: CommitReference("raw@master"))
            try await engine.createPipeline("train", reading: ["raw"], "true")
            try await engine.createPipeline("predict", reading: ["train", "asked"], "true")
            let train = try await engine.inspectCommit(CommitReference("train@master"), wait: false).commit.id
            let spec = try await engine.inspectCommit(CommitReference("predict@master"), wait: false).commit.id
            let asked = try await engine.put([(FilePath("/q"), [1])], in: CommitReference("asked@master"))

            let last = try await engine.inspectCommit(CommitReference("predict@master"), wait: false, withProvenance: true)
            let provenance = try #require(last.provenance)
            #expect(
                try Set(provenance.map(\.description))
                    == links([("raw", raw), ("train.spec", train), ("train", train), ("predict.spec", spec), ("asked", asked)]))
            #expect(provenance.first?.branch.repo == (try RepoName("raw")), "what others are made from comes first")
            #expect(last.subvenance == [])

            let first = try await engine.inspectCommit(CommitReference("raw@master"), wait: false, withProvenance: true)
            #expect(first.provenance == [])
            let outputs = try #require(first.subvenance).filter { $0.branch.repo.kind == .user }
            #expect(try Set(outputs.map(\.description)) == links([("train", train), ("predict", spec), ("predict", asked)]))
            #expect(outputs.first?.branch.repo == (try RepoName("train")), "what others are made from comes first")
            #expect(try await engine.inspectCommit(CommitReference("raw@master"), wait: false).subvenance == nil)
        }
    }
}
