package import Model

/// Cuts a stream of bytes into lines, however the bytes arrive.
///
/// What is kept between calls is at most one unfinished line, and a line is bounded.
package struct LineSplitter: Sendable {
    /// No line of ours comes near it: the longest hold one job with its spec, or one line of a log.
    package static let lineByteCountMax = 16 * 1024 * 1024

    private let limit: Int
    private var pending: [UInt8] = []
    /// Where the next line begins in `pending`.
    private var start = 0
    /// Up to where `pending` is known to hold no line feed.
    private var searched = 0

    package init(lineByteCountMax limit: Int = lineByteCountMax) {
        self.limit = limit
    }

    package mutating func append(_ bytes: [UInt8]) {
        if start > 0 {
            pending.removeFirst(start)
            searched -= start
            start = 0
        }
        pending += bytes
    }

    /// The next whole line without its end (LF or CRLF); nil where more bytes are needed.
    /// - Throws: `tooLarge` for a line over the limit.
    package mutating func next() throws(PachError) -> [UInt8]? {
        guard let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = pending.count
            guard pending.count - start <= limit else { throw tooLong }
            return nil
        }
        guard end - start <= limit else { throw tooLong }
        var line = pending[start..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        start = end + 1
        searched = start
        return Array(line)
    }

    /// What follows the last line feed, once there are no more bytes.
    package mutating func rest() -> [UInt8]? {
        defer {
            pending = []
            start = 0
            searched = 0
        }
        return start < pending.count ? Array(pending[start...]) : nil
    }

    private var tooLong: PachError {
        PachError(.tooLarge, "a line is longer than \(limit) bytes")
    }
}

/// One JSON value per line.
package enum JSONLines {
    package static let mediaType = "application/jsonl"

    /// How many lines a list has: behind a hop that speaks HTTP/1.0 nothing else tells a list that was broken off from a whole one.
    package static let countHeader = "Pach-Count"

    /// The last line of a stream that failed midway, when the status can no longer tell.
    package struct Failure: Codable, Sendable {
        package var problem: Problem

        package init(problem: Problem) {
            self.problem = problem
        }
    }

    /// What a failure's line begins with; no value of ours does.
    private static let failureMark = Array(#"{"problem":"#.utf8)

    /// - Throws: the error that the line tells of, where it is a failure's.
    package static func decode<Value: Decodable>(_ type: Value.Type, line: [UInt8]) throws(PachError) -> Value {
        if line.starts(with: failureMark) {
            throw try JSON.decode(Failure.self, from: line, what: "the server's answer").problem.error
        }
        return try JSON.decode(type, from: line, what: "the server's answer")
    }
}
