import Logging
import Synchronization

/// Writes one line a second at most of what may come with each request, and with it how many were left out.
final class RareLog: Sendable {
    private struct State {
        var next = ContinuousClock.now
        var leftOutCount = 0
    }

    private static let interval = Duration.seconds(1)

    private let logger: Logger
    private let state = Mutex(State())

    init(_ logger: Logger) {
        self.logger = logger
    }

    func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        let leftOutCount: Int? = state.withLock { state in
            let now = ContinuousClock.now
            guard state.next <= now else {
                state.leftOutCount += 1
                return nil
            }
            defer { state = State(next: now + Self.interval) }
            return state.leftOutCount
        }
        guard let leftOutCount else { return }
        let more: Logger.Metadata = leftOutCount > 0 ? ["left_out": "\(leftOutCount)"] : [:]
        logger.warning(message, metadata: metadata.merging(more) { first, _ in first })
    }
}
