import Engine
import Foundation
import Model
import Operations
import Testing

@Suite("The commit of a job of which no output came shows the last good output before it")
struct FailedOutputTests {
    private let copy: PipelineName
    private let input: CommitReference
    private let path: FilePath

    init() throws {
        copy = try PipelineName("copy")
        input = try CommitReference("in@master")
        path = try FilePath("/a")
    }

    /// Has a job for each text; the first one has run.
    private func put(_ texts: [String], _ test: TestEngine, _ script: String = #"cp "$in" "$out/""#) async throws -> [CommitID] {
        try await test.engine.createRepo(RepoName("in"), description: "", update: false)
        try await test.engine.createPipeline("copy", reading: ["in"], script)
        var ids: [CommitID] = []
        for text in texts {
            ids.append(try await test.engine.put([(path, Array(text.utf8))], in: input))
            if ids.count == 1 { _ = try await test.engine.run { _ in } }
        }
        return ids
    }

    private func expect(_ text: String, at reference: String, _ engine: Engine) async throws {
        let found = try await engine.files(of: CommitReference(reference))
        #expect(found.mapValues { String(decoding: $0, as: UTF8.self) } == [path: text], "\(reference)")
    }

    @Test("where it is stopped before those before it have run, once these have")
    func stoppedEarly() async throws {
        try await TestEngine.with { test in
            let ids = try await put(["1", "2", "3", "4"], test)
            // The last one first: each waits for the one before it.
            for id in ids[2...].reversed() {
                try await test.engine.stopJob(copy, id)
                #expect(try await test.engine.inspectJob(copy, id, wait: true).state == .killed)
            }
            let error = await #expect(throws: PachError.self) { try await expect("1", at: "copy@master", test.engine) }
            #expect(error?.code == .conflict)
            await #expect(throws: PachError.self) {
                try await test.engine.finishCommit(CommitReference("copy@master"), description: nil)
            }
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            for reference in ["copy@master", "copy@master^", "copy@master^^"] { try await expect("2", at: reference, test.engine) }
            let head = try await test.engine.inspectCommit(CommitReference("copy@master"), wait: true)
            #expect(head.commit.id == ids[3] && head.error == "stopped by a user")
            #expect(try await test.engine.fsck(publish: true, fix: false).findings.isEmpty)
            _ = try await test.rebuild {}
            try await expect("2", at: "copy@master", test.engine)
            #expect(try await test.engine.inspectJob(copy, ids[3], wait: false).state == .killed)
        }
    }

    @Test("where it is stopped while it runs", .timeLimit(.minutes(1)))
    func stoppedLate() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            let ids = try await put(["1", "2", "wait"], test, gate.script)
            let engine = test.engine
            let run = Task { try await engine.run { _ in } }
            #expect(try await gate.arrival() == ids[2].description)
            try await engine.stopJob(copy, ids[2])
            #expect(try await run.value.map(\.state) == [.success, .killed])
            for reference in ["copy@master", "copy@master^"] { try await expect("2", at: reference, engine) }
        }
    }

    @Test("where all that it waited for is squashed, or its job is deleted")
    func squashed() async throws {
        try await TestEngine.with { test in
            let ids = try await put(["1", "2", "3"], test)
            try await test.engine.deleteJob(copy, ids[2])
            try await test.engine.squashCommitSet(ids[1])
            let head = try await test.engine.inspectCommit(CommitReference("copy@master"), wait: true)
            #expect(head.commit.id == ids[2] && head.error != nil)
            try await expect("1", at: "copy@master", test.engine)
            #expect(try await test.engine.run { _ in }.isEmpty)
            #expect(try await test.engine.fsck(publish: true, fix: false).findings.isEmpty)
        }
    }
}
