import Engine
import Foundation
import Model
import Operations
import Testing

@Suite("A commit that a branch went back from can be removed, as the errors say")
struct WayBackTests {
    private let input: CommitReference
    private let output: CommitReference
    private let path: FilePath

    init() throws {
        input = try CommitReference("in@master")
        output = try CommitReference("copy@master")
        path = try FilePath("/a")
    }

    /// Has a good commit, a bad one, and the branch back at the good one.
    /// - Returns: the bad one.
    private func goBack(_ engine: Engine) async throws -> CommitID {
        try await engine.createRepo(RepoName("in"), description: "", update: false)
        try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
        _ = try await engine.put([(path, Array("good".utf8))], in: input)
        _ = try await engine.run { _ in }
        let bad = try await engine.put([(path, Array("bad".utf8))], in: input)
        _ = try await engine.run { _ in }
        _ = try await engine.createBranch(Branch("in@master"), head: CommitReference("in@master^"))
        _ = try await engine.run { _ in }
        return bad
    }

    private func hint(_ attempt: () async throws -> Void) async throws -> String {
        let error = await #expect(throws: PachError.self) { try await attempt() }
        #expect(error?.code == .conflict)
        return try #require(error?.hint)
    }

    @Test("by what 'delete' and 'squash' both name: first what came after it, newest first")
    func remove() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let bad = try await goBack(engine)
            let back = try await engine.inspectCommit(output, wait: true).commit.id
            _ = try await engine.put([(path, Array("new".utf8))], in: input)
            _ = try await engine.run { _ in }
            let new = try await engine.inspectCommit(output, wait: true).commit.id

            let hint = try await hint { try await engine.dropCommitSet(bad) }
            #expect(try await self.hint { try await engine.squashCommitSet(bad) } == hint)
            let named = hint.split(separator: "'").compactMap { part in
                part.hasPrefix("pach delete commit ") ? CommitID(part.suffix(32)) : nil
            }
            #expect(named == [new, back, bad])
            for set in named { try await engine.dropCommitSet(set) }
            let files = try await engine.files(of: output)
            #expect(files == [path: Array("good".utf8)])
            #expect(try await engine.fsck(publish: true, fix: false).findings.isEmpty)
        }
    }

    @Test("and where a pipeline was updated since, with that pipeline")
    func updated() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let bad = try await goBack(engine)
            try await engine.updatePipeline("copy", (#"cp "#, #"cp -p "#))
            _ = try await engine.run { _ in }
            #expect(try await hint { try await engine.dropCommitSet(bad) }.hasSuffix("pach delete pipeline copy"))
            try await engine.deletePipeline(PipelineName("copy"), keepRepo: false, force: false)
            try await engine.dropCommitSet(bad)
        }
    }
}
