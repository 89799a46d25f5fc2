import Model
import Operations
import TestSupport
import Testing

@testable import RecommenderService

@Suite struct CommitLaneTests {
    private let streaming = sure { try RepoName("streaming") }

    private func lane(_ engine: FakeEngine, limits: FrontConfiguration.Limits = .init()) async throws -> CommitLane {
        try await engine.createRepo(streaming, description: "", update: false)
        return CommitLane(
            Branch(repo: streaming), names: NameClock(.predict, after: nil), engine: engine, limits: limits, onCommit: { _, _ in })
    }

    /// Returns once so many requests wait in the lane.
    private func wait(for count: Int, in lane: CommitLane) async {
        while await lane.waitingCount < count { await Task.yield() }
    }

    @Test func requestsThatWaitAtOneMomentShareOneCommit() async throws {
        let engine = FakeEngine()
        let lane = try await lane(engine)
        await engine.hold()
        async let first = lane.add([1])
        await engine.wait { $0.heldCount == 1 }
        async let second = lane.add([2])
        async let third = lane.add([3])
        await wait(for: 2, in: lane)
        await engine.release()

        let placed = try await [first, second, third]
        #expect(await engine.puts[streaming] == [1, 2])
        #expect(placed[0].commit != placed[1].commit)
        #expect(placed[1].commit == placed[2].commit)
        #expect(Set(placed.map(\.name)).count == 3)
        for request in placed { #expect(await engine.content("streaming", request.name.path) != nil) }
    }

    @Test func aCommitTakesABoundedNumber() async throws {
        let engine = FakeEngine()
        var limits = FrontConfiguration.Limits()
        limits.requestsPerCommitMax = 2
        let lane = try await lane(engine, limits: limits)
        await engine.hold()
        try await withThrowingTaskGroup { group in
            group.addTask { _ = try await lane.add([0]) }
            await engine.wait { $0.heldCount == 1 }
            for number in 1...5 { group.addTask { _ = try await lane.add([UInt8(number)]) } }
            await wait(for: 5, in: lane)
            await engine.release()
            try await group.waitForAll()
        }
        #expect(await engine.puts[streaming] == [1, 2, 2, 1])
    }

    @Test func whatIsTooMuchIsRefused() async throws {
        let engine = FakeEngine()
        var limits = FrontConfiguration.Limits()
        limits.waitingRequestCountMax = 1
        limits.waitingByteCountMax = 8
        let lane = try await lane(engine, limits: limits)
        let tooLong = await #expect(throws: PachError.self) { try await lane.add(Array(repeating: 0, count: 9)) }
        #expect(tooLong?.code == .overloaded)
        await engine.hold()
        async let first = lane.add([1])
        await engine.wait { $0.heldCount == 1 }
        async let second = lane.add([2])
        await wait(for: 1, in: lane)
        let tooMany = await #expect(throws: PachError.self) { try await lane.add([3]) }
        #expect(tooMany?.code == .overloaded)
        await engine.release()
        _ = try await [first, second]
    }

    @Test func aFailureReachesAllWhoShareTheCommitAndNobodyElse() async throws {
        let engine = FakeEngine()
        let lane = try await lane(engine)
        await engine.failPuts(with: PachError(.outOfSpace, "full"))
        let error = await #expect(throws: PachError.self) { try await lane.add([1]) }
        #expect(error?.code == .outOfSpace)
        await engine.failPuts(with: nil)
        _ = try await lane.add([1])
    }

    @Test func requestsWaitForWhoeverHasTheBranch() async throws {
        let engine = FakeEngine()
        let lane = try await lane(engine)
        await engine.hold()
        async let first = lane.add([1])
        await engine.wait { $0.heldCount == 1 }
        async let second = lane.add([2])
        await wait(for: 1, in: lane)
        async let turn: [Int]? = lane.exclusively { await engine.puts[self.streaming] }
        // Whether the turn comes before or after the second request, it comes between two commits.
        await engine.release()
        let during = await turn
        #expect(during == [1] || during == [1, 1])
        _ = try await [first, second]
        #expect(await engine.puts[streaming] == [1, 1])
    }

    @Test func whoStopsWaitingDoesNotTakeARequestAway() async throws {
        let engine = FakeEngine()
        let lane = try await lane(engine)
        await engine.hold()
        let first = Task { try await lane.add([1]) }
        await engine.wait { $0.heldCount == 1 }
        first.cancel()
        let outcome = await #expect(throws: UnknownOutcome.self) { try await first.value }
        await engine.release()
        await engine.wait { $0.files("streaming").count == 1 }
        #expect(await engine.files("streaming") == [outcome?.name.path.description])
    }

    @Test func aCommitThatWasLeftOpenIsFinished() async throws {
        let engine = FakeEngine()
        let lane = try await lane(engine)
        let open = try await engine.startCommit(Branch(repo: streaming), parent: nil, description: "")
        let placed = try await lane.add([1])
        #expect(placed.commit == open.commit.id)
        #expect(await engine.commits("streaming").allSatisfy { $0.finished != nil })
    }
}

@Suite struct CommitWaitsTests {
    @Test(.timeLimit(.minutes(1))) func allWhoAskForACommitShareOneWaitAndTheLastToLeaveEndsIt() async throws {
        let engine = FakeEngine()
        let streaming = Branch(repo: try RepoName("streaming"))
        try await engine.createRepo(streaming.repo, description: "", update: false)
        let open = try await engine.startCommit(streaming, parent: nil, description: "")
        let commit = CommitReference(open.commit.commit)
        let waits = CommitWaits(engine, countMax: 8)
        let askers = (0..<3).map { _ in Task { try await waits.finished(commit) } }
        while await waits.askerCount(of: commit) < 3 { await Task.yield() }
        await engine.wait { $0.commitWaitCount == 1 }
        for asker in askers {
            asker.cancel()
            await #expect(throws: CancellationError.self) { try await asker.value }
        }
        await engine.wait { $0.commitWaitCount == 0 }

        async let info = waits.finished(commit)
        await engine.wait { $0.commitWaitCount == 1 }
        _ = try await engine.finishCommit(commit, description: nil)
        #expect(try await info.commit == open.commit)
    }
}
