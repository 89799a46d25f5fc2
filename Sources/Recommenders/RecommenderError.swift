/// A failure of reading ratings, training, estimating, or of a model file.
public struct RecommenderError: Error, Hashable, Sendable {
    /// What kind of failure it is; stable, for programs.
    public enum Code: String, CaseIterable, Sendable {
        /// A line of input cannot be used.
        case invalidInput = "invalid_input"
        /// There is nothing to train on, or nothing to test on.
        case noRatings = "no_ratings"
        /// An option is unknown, or its value out of range.
        case invalidOption = "invalid_option"
        /// Training ran away to numbers that mean nothing.
        case diverged
        /// A model file is damaged, truncated, or no model file at all.
        case corruptModel = "corrupt_model"
        /// A model file is of a format that this version does not read.
        case unsupportedModel = "unsupported_model"
        /// Something measured is beyond a limit that was set.
        case limitExceeded = "limit_exceeded"
        /// A file or folder could not be read or written.
        case io
    }

    /// What kind of failure it is.
    public var code: Code
    /// One sentence: what could not be done, to what (file and line), and why.
    public var message: String
    /// What the reader can do about it, where that is known.
    public var hint: String?

    /// Makes an error from its three parts.
    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension RecommenderError: CustomStringConvertible {
    /// The message and, on a line of its own, the hint.
    public var description: String {
        guard let hint else { return message }
        return "\(message)\nHint: \(hint)"
    }
}
