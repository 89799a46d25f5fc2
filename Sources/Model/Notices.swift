/// Where an engine tells people what nobody waits for: a log, or standard error.
///
/// Whoever reports never waits for those who read: what is given must not block where work for others is done.
public struct Notices: Sendable {
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: takes one sentence, without a line feed.
    public init(_ tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
    }

    /// Nobody listens.
    public static let none = Notices { _ in }

    public func report(_ sentence: String) {
        tell(sentence)
    }

    /// Tells of a failure, and of what mends it.
    public func report(_ error: PachError) {
        tell(error.descriptionWithHint)
    }
}
