import HTTPTestSupport
import Model
import Operations
import Testing
import Web

@testable import RecommenderService

@Suite struct KeepTests {
    @Test func whatToKeepIsANumberOrATimeOrAll() throws {
        #expect(try Keep(parsing: "1000") == .number(1000))
        #expect(try Keep(parsing: "24h") == .duration(.seconds(86_400)))
        #expect(try Keep(parsing: "all") == .everything)
        for text in ["", "0", "-1", "many", "24 h"] {
            #expect(throws: PachError.self) { try Keep(parsing: text) }
        }
    }

    /// Requests of 2020, one a minute, as a front of that time would have stored them.
    private func names(_ count: Int) -> [RequestName] {
        (0..<count).map { RequestName(.predict, at: Timestamp(microseconds: 1_600_000_000_000_000 + Int64($0) * 60_000_000)) }
    }

    private func engine(with names: [RequestName]) async throws -> FakeEngine {
        let engine = FakeEngine()
        try await engine.createRepo(RepoName("streaming"), description: "", update: false)
        try await engine.createRepo(RepoName("training"), description: "", update: false)
        await engine.endJob(await engine.put(names.map { ($0.path.description, "1 2\n") }, repo: "streaming"))
        try await train(engine, content: "1 2 4.25\n")
        return engine
    }

    /// Has ratings come, and all requests estimated anew.
    private func train(_ engine: FakeEngine, content: String) async throws {
        await engine.endJob(await engine.put([("/ratings", "1 2 3 4\n")], repo: "training"), content: content)
    }

    @Test func theOldestLeaveTheHeadAndAreStillFound() async throws {
        let names = names(150)
        let engine = try await engine(with: names)
        try await Harness.run(engine: engine, configuration: FrontConfiguration(keep: .number(20))) { (harness) async throws in
            await engine.wait { $0.files("streaming").count { $0.contains("predict-") } == 20 }
            #expect(await engine.files("streaming").contains(names[130].path.description))
            #expect(await !engine.files("streaming").contains(names[129].path.description))
            // Two hours and a half, in batches that do not cross an hour.
            await engine.wait { $0.commits("streaming").allSatisfy { $0.finished != nil } }
            #expect(await engine.commits("streaming").count == 4)

            // The jobs that delete outputs have not run; then they have.
            for isRun in [false, true] {
                if isRun { for commit in await engine.commits("streaming").dropFirst() { await engine.endJob(commit.commit.id) } }
                for name in [names[0], names[59], names[60], names[129], names[130]] {
                    let answer = try await harness.result(name.description)
                    #expect(answer.status == 200)
                    #expect(answer.body.hasPrefix(#"{"data":"1 2 "#), "\(name): \(answer.body)")
                }
            }
            let between = RequestName(.predict, at: Timestamp(microseconds: names[5].time.microseconds + 1))
            #expect(try await harness.result(between.description).status == 404)
        }
    }

    @Test func aRemovalThatFailedHalfwayDoesNotTellTheLastResult() async throws {
        let names = names(3)
        let engine = try await engine(with: names)
        await engine.failDeletions(with: PachError(.io, "the disk fails"))
        try await Harness.run(engine: engine, configuration: FrontConfiguration(keep: .number(1))) { (harness) async throws in
            await engine.wait { engine in
                engine.files("streaming").contains { $0.hasPrefix("/history") } && engine.commits("streaming").last?.finished != nil
            }
            let failed = try #require(await engine.commits("streaming").last)
            await engine.endJob(failed.commit.id, content: "1 2 4.25\n")
            try await train(engine, content: "1 2 5\n")

            await engine.failDeletions(with: nil)
            _ = try await harness.predict()
            await engine.wait { engine in
                let present = engine.files("streaming")
                return names.allSatisfy { !present.contains($0.path.description) } && engine.commits("streaming").last?.finished != nil
            }
            for commit in await engine.commits("predict") where commit.finished == nil {
                await engine.endJob(commit.commit.id, content: "1 2 5\n")
            }
            for name in names { #expect(try await harness.result(name.description).body.contains("1 2 5\\n")) }
        }
    }

    @Test func requestsLeaveOnceTheyAreOld() async throws {
        let engine = try await engine(with: names(3))
        let configuration = FrontConfiguration(keep: .duration(.seconds(3600)))
        try await Harness.run(engine: engine, configuration: configuration) { (harness) async throws in
            await engine.wait { !$0.files("streaming").contains { $0.contains("predict-") } }
            let new = try await harness.predict()
            #expect(await engine.files("streaming").contains { $0.hasSuffix(new) })
        }
    }

    @Test func theLastResultIsKeptWhenTheRequestLeavesJustAfterAnother() async throws {
        let engine = try await engine(with: [])
        try await Harness.run(engine: engine, configuration: FrontConfiguration(keep: .number(1))) { (harness) async throws in
            let name = try await harness.predict()
            let first = try #require(await engine.commits("streaming").last)
            await engine.endJob(first.commit.id, content: "1 2 4\n")
            #expect(try await harness.result(name).body.contains("1 2 4\\n"))
            try await train(engine, content: "1 2 5\n")
            #expect(try await harness.result(name).body.contains("1 2 5\\n"))

            _ = try await harness.predict()
            await engine.wait { !$0.files("streaming").contains { $0.hasSuffix(name) } }
            await engine.wait { $0.commits("streaming").allSatisfy { $0.finished != nil } }
            for commit in await engine.commits("streaming").suffix(2) { await engine.endJob(commit.commit.id, content: "1 2 5\n") }
            #expect(try await harness.result(name).body.contains("1 2 5\\n"))
        }
    }

    @Test func theLastResultIsKeptWhenTheRequestLeavesLongAfterAnyOther() async throws {
        let names = names(3)
        let engine = try await engine(with: names)
        try await train(engine, content: "1 2 5\n")
        let configuration = FrontConfiguration(keep: .duration(.seconds(3600)))
        try await Harness.run(engine: engine, configuration: configuration) { (harness) async throws in
            await engine.wait { !$0.files("streaming").contains { $0.contains("predict-") } }
            await engine.wait { $0.commits("streaming").allSatisfy { $0.finished != nil } }
            for commit in await engine.commits("streaming").dropFirst() { await engine.endJob(commit.commit.id) }
            #expect(try await harness.result(names[0].description).body.contains("1 2 5\\n"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func anEngineThatHangsWhileRequestsLeaveDoesNotKeepTheFrontFromStopping() async throws {
        let engine = try await engine(with: names(3))
        await engine.hold()
        var configuration = FrontConfiguration(keep: .number(1))
        configuration.limits.connections.stopPatience = .milliseconds(1)
        try await Harness.run(engine: engine, configuration: configuration) { _ in
            await engine.wait { $0.heldCount == 1 }
        }
        await engine.release()
    }

    @Test func thatNoRequestLeavesCanBeAskedFor() async throws {
        let names = names(3)
        let engine = try await engine(with: names)
        try await Harness.run(engine: engine, configuration: FrontConfiguration(keep: .everything)) { (harness) async throws in
            _ = try await harness.predict()
            #expect(await engine.files("streaming").count == 4)
        }
    }

    @Test(
        "where requests could not leave, it is tried again without anybody sending more", .timeLimit(.minutes(1)), arguments: [true, false])
    func failedLook(byAge: Bool) async throws {
        let engine = try await engine(with: names(3))
        await engine.failDeletions(with: PachError(.io, "the disk fails"))
        var configuration = FrontConfiguration(keep: byAge ? .duration(.seconds(3600)) : .number(1))
        configuration.limits.keepPauseMin = .milliseconds(1)
        try await Harness.run(engine: engine, configuration: configuration) { _ in
            await engine.wait { $0.deletionCount > 0 }
            await engine.failDeletions(with: nil)
            await engine.wait { $0.files("streaming").count { $0.contains("predict-") } == (byAge ? 0 : 1) }
        }
    }

    @Test("no name is given out anew, also where its request left the head and the clock was set back")
    func clockSetBack() async throws {
        // As of a clock that was ahead; all of them left.
        let future = RequestName(.predict, at: Timestamp(microseconds: Timestamp.now.microseconds + 86_400_000_000))
        let earlier = RequestName(.predict, at: Timestamp(microseconds: future.time.microseconds - 7_200_000_000))
        let engine = try await engine(with: [])
        let lines = [earlier, future].map { name in
            (History.path(for: name).description, String(decoding: History.line(upTo: name, removedIn: .random()), as: UTF8.self))
        }
        _ = await engine.put(lines, repo: "streaming")
        try await Harness.run(engine: engine) { (harness) async throws in
            let name = try #require(RequestName(try await harness.predict()))
            #expect(name.time > future.time)
        }
    }
}
