import Model

/// Gives out names that rise, whatever the machine's clock does.
struct NameClock {
    private let kind: RequestName.Kind
    private let now: @Sendable () -> Timestamp
    private var last: Timestamp

    /// - Parameter last: of the newest name that is known; all that are given out come after it.
    init(_ kind: RequestName.Kind, after last: Timestamp?, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.kind = kind
        self.now = now
        self.last = last ?? Timestamp(microseconds: 0)
    }

    mutating func next() -> RequestName {
        last = max(now(), Timestamp(microseconds: last.microseconds + 1))
        return RequestName(kind, at: last)
    }
}
