import Model
import Synchronization
import Testing

@testable import RecommenderService

@Suite struct RequestNameTests {
    private let time = Timestamp(microseconds: 1_795_239_000_000_001)

    @Test func namesTellTheirTimeAndTheirPath() {
        let name = RequestName(.predict, at: time)
        #expect(name.description == "predict-2026-11-21T05:30:00.000001.txt")
        #expect(name.path.description == "/2026-11-21/05/predict-2026-11-21T05:30:00.000001.txt")
        #expect(RequestName(name.description) == name)
        #expect(RequestName("train-2026-11-21T05:30:00.000001.txt") == RequestName(.train, at: time))
    }

    @Test(arguments: [
        "", "predict-", "predict-.txt", "predict-2026-11-21T05:30:00.txt", "predict-2026-11-21T05:30:00.00001.txt",
        "predict-2026-11-21T05:30:00.0000001.txt", "predict-2026-11-21 05:30:00.000001.txt", "predict-2026-02-30T05:30:00.000001.txt",
        "predict-2026-11-21T05:30:00.000001Z.txt", "predict-2026-11-21T05:30:00.000001.txt ", "../predict-2026-11-21T05:30:00.000001.txt",
        "guess-2026-11-21T05:30:00.000001.txt", "predict-2026-11-21T24:30:00.000001.txt", "predict-2026-11-21T05:30:60.000001.txt",
    ])
    func othersAreNoNames(_ text: String) {
        #expect(RequestName(text) == nil)
    }

    @Test func namesOfOneMicrosecondDiffer() {
        var clock = NameClock(.predict, after: nil) { [time] in time }
        let names = (0..<3).map { _ in clock.next() }
        #expect(names.map(\.time.microseconds) == (0..<3).map { time.microseconds + $0 })
    }

    @Test func namesRiseThoughTheClockGoesBack() {
        let now = Mutex(time)
        var clock = NameClock(.predict, after: nil) { now.withLock { $0 } }
        let first = clock.next()
        now.withLock { $0 = Timestamp(microseconds: $0.microseconds - 3_600_000_000) }
        #expect(clock.next().time > first.time)

        var restarted = NameClock(.predict, after: first.time) { now.withLock { $0 } }
        #expect(restarted.next().time > first.time)
    }
}

@Suite struct HistoryTests {
    private func name(_ microseconds: Int64) -> RequestName {
        RequestName(.predict, at: Timestamp(microseconds: 1_800_000_000_000_000 + microseconds))
    }

    @Test func eachSpanOfTimeHasItsCommit() throws {
        let commits = (0..<5).map { _ in CommitID.random() }
        let file = commits.enumerated().flatMap { History.line(upTo: name(Int64($0.offset + 1) * 10), removedIn: $0.element) }
        for (microsecond, expected) in [(0, 0), (10, 0), (11, 1), (20, 1), (35, 3), (50, 4)] {
            let lines = History.lines(covering: name(Int64(microsecond)), in: file)
            #expect(try lines.map { try History.commit(ofLine: $0, in: file, of: name(0)) } == Array(commits[expected...]))
        }
        #expect(History.lines(covering: name(51), in: file).isEmpty)
        #expect(History.lines(covering: name(0), in: []).isEmpty)
    }

    @Test func thereIsAFileAnHour() {
        #expect(History.path(for: name(0)).description == "/history/2027-01-15T08")
    }

    @Test func damageIsTold() {
        let line = Array("2027-01-15T08:00:00.000010 no commit at all, but as long.\n".utf8)
        #expect(throws: PachError.self) {
            try History.commit(ofLine: 0, in: line + Array(repeating: 0x20, count: 60 - line.count), of: name(0))
        }
    }
}
