public import Logging
internal import Synchronization

/// Keeps what is logged, from the level on from which `pach serve` shows it.
public struct LogRecorder: LogHandler {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let recorded = Lines()
    public var metadata: Logger.Metadata = [:]
    public var logLevel = Logger.Level.notice

    /// - Parameter isVerbose: from the level on that `--verbose` shows.
    public init(isVerbose: Bool = false) {
        if isVerbose { logLevel = .debug }
    }

    /// Each as its level, message and what was said of it.
    public var lines: [String] { recorded.all.withLock { $0 } }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        recorded.all.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}
