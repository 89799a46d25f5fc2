import Foundation
import Ledger
import Metadata
import Model
import Operations
import TestSupport
import Testing

@testable import Engine

@Suite("A repair beside a job that runs")
struct RepairBesideJobTests {
    @Test("drops what is damaged in the index of good outputs, and the job does not bring it back", .timeLimit(.minutes(1)))
    func index() async throws {
        try await TestEngine.with { test in
            let gate = try JobGate(test)
            let copy = try PipelineName("copy")
            let master = try CommitReference("in@master")
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], gate.script)
            _ = try await test.engine.put([(FilePath("/a"), [1]), (FilePath("/b"), [2])], in: master)
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.fsck(publish: true, fix: false)
            let listing = try test.git(copy.repo()).run("ls-tree", "-r", RefLayout.datums).split(separator: "\n")
            // "<mode> blob <id>\t<path>"
            let record = try #require(listing.first { $0.hasSuffix("/record") }?.split(whereSeparator: \.isWhitespace)[2])
            try #require(try test.packEntries(of: copy.repo()).first { $0.id == record }).damage(in: test)
            try await test.reopen()
            let engine = test.engine
            let watch = Task { try await engine.watch() }
            defer { watch.cancel() }
            let id = try await engine.put([(FilePath("/c"), Array("wait".utf8))], in: master)
            #expect(try await gate.arrival() == id.description)

            let repair = Task { try await engine.fsck(publish: true, fix: true) }
            while try await engine.ledger.read({ try $0.ref(RefLayout.datums, in: $0.existingRepo(copy.repo())) }) != nil {
                await Task.yield()
            }
            let passage = try gate.open()
            #expect(try await engine.inspectJob(copy, id, wait: true).state == .success)
            try passage.close()
            #expect(try await !repair.value.findings.isEmpty)
            #expect(try await engine.fsck(publish: true, fix: false).findings.isEmpty)
            #expect(try await engine.files(of: CommitReference("copy@master")).count == 3)
        }
    }
}
