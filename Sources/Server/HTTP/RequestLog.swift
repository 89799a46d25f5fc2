import Logging
import Web

/// The log, with what tells one request from another.
struct RequestLog: Sendable {
    let logger: Logger
    let requestID: String
    let path: String

    func write(_ level: Logger.Level, _ message: Logger.Message, _ metadata: @autoclosure () -> Logger.Metadata) {
        logger.log(
            level: level, message,
            metadata: metadata().merging(["request_id": "\(requestID)", "path": "\(path)"]) { first, _ in first })
    }

    /// Tells of what ended an answer whose head was sent, where that is the server's concern.
    func write(brokenOffBy failure: any Error) {
        guard HTTPProblem.isForLog(failure) else { return }
        write(.error, "answer was broken off", ["error": "\(failure)"])
    }
}
