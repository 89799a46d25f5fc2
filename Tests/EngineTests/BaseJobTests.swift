import Foundation
import Ledger
import Metadata
import Model
import Operations
import TestSupport
import Testing

@testable import Engine

@Suite("A job builds on the output and the records of one and the same job")
struct BaseJobTests {
    private let input: CommitReference
    private let file: FilePath

    init() throws {
        input = try CommitReference("in@master")
        file = try FilePath("/file")
    }

    /// What happens to a file whose output the base has.
    enum Change: CaseIterable {
        case deletion, content
    }

    /// Runs a job for `/old`, and one for `/file`.
    /// - Returns: their ids.
    private func begin(_ engine: Engine, script: String = "") async throws -> [CommitID] {
        try await engine.createRepo(RepoName("in"), description: "", update: false)
        try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/"; "# + script)
        var ids: [CommitID] = []
        for path in [try FilePath("/old"), file] {
            ids.append(try await engine.put([(path, [1])], in: input))
            _ = try await engine.run { _ in }
        }
        return ids
    }

    private func expectOutputFollows(_ change: Change, _ engine: Engine) async throws {
        switch change {
        case .deletion: _ = try await engine.deleteFile(FileReference(commit: input, path: file), recursive: false)
        case .content: _ = try await engine.put([(file, [2])], in: input)
        }
        #expect(try await engine.run { _ in }.map(\.state) == [.success])
        let expected = try await engine.files(of: input)
        #expect(try await engine.files(of: CommitReference("copy@master")) == expected)
    }

    @Test("that job's commits may be squashed meanwhile, and nothing of it is lost", arguments: Change.allCases)
    func squashed(before change: Change) async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
            let pipe = folder + "/pipe"
            try #require(mkfifo(pipe, 0o644) == 0)
            let release = try #require(FileHandle(forUpdatingAtPath: pipe))
            try await TestEngine.with { test in
                let engine = test.engine
                let base = try await begin(engine, script: "case \"$in\" in */last) echo waits; read line < '\(pipe)' ;; esac")[1]
                _ = try await engine.put([(FilePath("/last"), [3])], in: input)
                // Not a child: where this test fails, nobody would let it go on, and it would be waited for.
                let run = Task { try await engine.run { _ in } }
                let lines = engine.logs(LogQuery(pipeline: try PipelineName("copy"), follow: true))
                for try await line in lines where line.message == "waits" { break }
                try await engine.squashCommitSet(base)
                try release.write(contentsOf: Data("\n".utf8))
                #expect(try await run.value.map(\.state) == [.success])
                // One of each datum, and the job's note.
                #expect(try await engine.files(of: CommitReference("copy.meta@master")).count == 4)
                try await expectOutputFollows(change, engine)
            }
        }
    }

    @Test("records that lack one of a datum are built on no more", arguments: Change.allCases)
    func missingRecord(before change: Change) async throws {
        try await TestEngine.with { test in
            let ids = try await begin(test.engine)
            try await test.engine.ledger.write { transaction in
                let database = transaction.database
                let records = try ids.map { try #require(try database.commit(Commit(repo: RepoName("copy.meta"), id: $0))) }
                try database.setTree(of: records[1], to: records[0].tree, size: records[0].size)
            }
            try await expectOutputFollows(change, test.engine)
        }
    }
}
