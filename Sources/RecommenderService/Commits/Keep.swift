public import Model

/// Which requests stay at the head of `streaming`.
///
/// Those that leave it are still in its history, with their results; but a new model does not estimate them anew.
public enum Keep: Sendable, Hashable {
    /// The newest so many, give or take a tenth: they leave in batches.
    case number(Int)
    /// Those that are not older.
    case duration(Duration)
    case everything

    /// Parses `1000`, `24h` or `all`.
    /// - Throws: `invalidArgument`.
    public init(parsing text: String) throws(PachError) {
        if text == "all" {
            self = .everything
        } else if let number = Int(text) {
            guard number > 0 else { throw Self.mistake(text) }
            self = .number(number)
        } else {
            do {
                self = .duration(try SpecDuration(parsing: text).duration)
            } catch {
                throw Self.mistake(text)
            }
        }
    }

    private static func mistake(_ text: String) -> PachError {
        PachError(
            .invalidArgument, "\(quoted(text)) does not say which requests to keep",
            hint: "Write a number of requests, a time such as 24h, or all.")
    }
}
