import Ledger
import Metadata
import Model
import Operations
import TestSupport
import Testing

@testable import Engine

@Suite("A subscription to the commits of a branch")
struct SubscriptionTests {
    @Test("that begins with the first one misses none, whether it begins before there is any or while one is open")
    func first() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let branch = try Branch("in@master"), reference = CommitReference(branch)
            try await engine.createRepo(branch.repo, description: "", update: false)
            let early = engine.subscribeCommits(branch, from: .first)
            var ids = [try await engine.startCommit(branch, parent: nil, description: "").commit.id]
            let late = engine.subscribeCommits(branch, from: .first)
            _ = try await engine.finishCommit(reference, description: nil)
            for number: UInt8 in 1...2 { ids.append(try await engine.put([(FilePath("/a"), [number])], in: reference)) }
            let after = try engine.subscribeCommits(branch, from: .after(CommitReference("in@master^")))
            for (subscription, start) in [(early, 0), (late, 0), (after, 2)] {
                var seen: [CommitID] = []
                for try await commit in subscription.prefix(ids.count - start) { seen.append(commit.commit.id) }
                #expect(seen == Array(ids[start...]))
            }
        }
    }

    @Test("that begins with the next one to be finished begins with one that is open")
    func next() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let branch = try Branch("in@master"), reference = CommitReference(branch)
            func last() async throws -> CommitID? {
                try await engine.ledger.read { try $0.lastCommit(before: .next, on: branch)?.id }
            }
            try await engine.createRepo(branch.repo, description: "", update: false)
            #expect(try await last() == nil)
            let first = try await engine.startCommit(branch, parent: nil, description: "").commit.id
            #expect(try await last() == nil)
            _ = try await engine.finishCommit(reference, description: nil)
            #expect(try await last() == first)
            _ = try await engine.startCommit(branch, parent: nil, description: "")
            #expect(try await last() == first)
        }
    }

    @Test("reads on as commits are taken, so that one that is dropped before that is not shown")
    func pages() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let branch = try Branch("in@master"), reference = CommitReference(branch)
            try await engine.createRepo(branch.repo, description: "", update: false)
            var ids: [CommitID] = []
            for number in 0..<(2 * CommitCursor.pageCount + 3) {
                ids.append(try await engine.put([(FilePath("/a"), [UInt8(number % 251)])], in: reference))
            }
            var commits = engine.subscribeCommits(branch, from: .first).makeAsyncIterator()
            var seen = [try #require(try await commits.next()).commit.id]
            try await engine.dropCommitSet(ids.removeLast())
            while seen.count < ids.count { seen.append(try #require(try await commits.next()).commit.id) }
            #expect(seen == ids)
            ids.append(try await engine.put([(FilePath("/b"), [1])], in: reference))
            #expect(try await commits.next()?.commit.id == ids.last)
        }
    }

    @Test("ends where its repo is deleted, also where another takes the name", .timeLimit(.minutes(1)), arguments: [false, true])
    func deletedRepo(isReplaced: Bool) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let branch = try Branch("in@master"), reference = CommitReference(branch)
            try await engine.createRepo(branch.repo, description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1])], in: reference)
            var commits = engine.subscribeCommits(branch, from: .first).makeAsyncIterator()
            #expect(try await commits.next() != nil)
            try await engine.deleteRepo(branch.repo, force: false)
            if isReplaced {
                try await engine.createRepo(branch.repo, description: "", update: false)
                _ = try await engine.put([(FilePath("/a"), [1])], in: reference)
            }
            let error = await #expect(throws: PachError.self) { try await commits.next() }
            #expect(error?.code == .notFound)
        }
    }
}
