import Foundation
import Model
import TestSupport
import Testing

@testable import Workers

@Suite struct JobLogsTests {
    private static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)

    private let folder = SandboxFixture.newFolder()
    private let logs: JobLogs
    private let job: JobLink

    init() throws {
        logs = JobLogs(folder: folder)
        job = JobLink(pipeline: try PipelineName("train"), id: .random())
    }

    /// A log, of which nothing stays.
    private func with(_ body: (JobLog) async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let log = try logs.open(job)
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(log))
        } catch {
            result = .failure(error)
        }
        logs.close(log)
        try FileManager.default.removeItem(atPath: folder)
        try result.get()
    }

    private func append(_ bytes: [UInt8]) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: "\(folder)/train/\(job.id).jsonl"))
        try file.seekToEnd()
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private func messages(from offset: Int = 0, _ filter: LogQueryFilter = LogQueryFilter()) async throws -> [String] {
        let reader = logs.read(job, filter, from: offset, follow: false)
        var messages: [String] = []
        while let message = try await reader.next() { messages.append(message.message) }
        return messages
    }

    @Test func whatWasWrittenIsReadWholeAndFromItsEnd() async throws {
        var random = SplitMix(seed: Self.seed)
        for round in 0..<8 {
            try await with { log async throws in
                var written: [String] = []
                if round == 0 {
                    written = ["before zeros"]
                    log.append(.stdout, written)
                    try append([UInt8](repeating: 0, count: LogFile.lineByteCountMax * 2) + [LogFile.lineFeed])
                }
                for number in 0..<Int.random(in: 0...30, using: &random) {
                    switch Int.random(in: 0..<10, using: &random) {
                    case 0: try append(Array("no message\n\n".utf8))
                    case 1: log.append(.master, ["a remark"])
                    default:
                        let length = Int.random(in: 0..<8, using: &random) == 0 ? 3 * LogFile.pieceByteCount : 100
                        written.append("\(number) " + String(repeating: "x", count: Int.random(in: 0...length, using: &random)))
                        log.append(.stdout, [written[written.count - 1]])
                    }
                }
                if Bool.random(using: &random) { try append(Array(#"{"torn"#.utf8)) }
                #expect(try await messages() == written, "seed \(Self.seed), round \(round)")
                for count in [0, 1, 2, Int.random(in: 0...30, using: &random), .max] {
                    let tail = try await logs.tail(job, LogQueryFilter(), countMax: count)
                    #expect(tail.count == min(count, written.count), "seed \(Self.seed), round \(round)")
                    #expect(try await messages(from: tail.offset) == written.suffix(count), "seed \(Self.seed), round \(round)")
                }
            }
        }
    }

    @Test func whoFollowsGetsEachLineUntilTheLogEnds() async throws {
        try await with { log async throws in
            log.append(.stdout, ["before"])
            let reader = logs.read(job, LogQueryFilter(), follow: true)
            #expect(try await reader.next()?.message == "before")
            for number in 0..<10 {
                let next = Task { try await reader.next() }
                log.append(.stdout, ["\(number)"])
                #expect(try await next.value?.message == "\(number)")
            }
            let last = Task { try await reader.next() }
            log.append(.stdout, ["last"])
            logs.close(log)
            #expect(try await last.value?.message == "last")
            #expect(try await reader.next() == nil)
        }
    }

    @Test func whoFollowsAndIsCancelledIsAtTheEnd() async throws {
        try await with { _ async throws in
            let reader = logs.read(job, LogQueryFilter(), follow: true)
            let next = Task { try await reader.next() }
            next.cancel()
            #expect(try await next.value == nil)
        }
    }

    @Test func aLogThatIsNotThereIsEmpty() async throws {
        #expect(try await messages() == [])
        #expect(try await logs.tail(job, LogQueryFilter(), countMax: 1) == LogTail(offset: 0, count: 0))
    }
}
