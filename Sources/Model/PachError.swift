/// A failure that someone can act on: what could not be done, to what, why, and what would help.
///
/// Every layer throws this one type, so that a failure reaches a terminal, a problem document or a log with nothing lost.
/// A programmer's mistake is never a `PachError`; it stops the process.
public struct PachError: Error, Sendable, Hashable {
    /// What kind of failure; stable and machine-readable. It is part of the HTTP interface.
    public enum Code: String, Sendable, Hashable, CaseIterable, Codable {
        /// The named thing does not exist.
        case notFound = "not_found"
        /// The name is taken.
        case alreadyExists = "already_exists"
        /// Not possible in the present state (finished, not open, an output repo, still in use); another try alone does not help.
        case conflict
        /// A precondition that the caller stated (an `If-Match`) does not hold.
        case preconditionFailed = "precondition_failed"
        /// A name, path, reference or option is not allowed or does not parse.
        case invalidArgument = "invalid_argument"
        /// A pipeline spec has mistakes; `details` locates each.
        case invalidSpec = "invalid_spec"
        /// Known, but not built.
        case notSupported = "not_supported"
        /// The request has no token or a wrong one.
        case unauthenticated
        /// Another process holds the data root.
        case locked
        /// A limit with a name was reached; a later try may succeed.
        case overloaded
        /// A client took too long to send its request.
        case timedOut = "timed_out"
        /// The request is larger than a named limit.
        case tooLarge = "too_large"
        /// Stored bytes are not what they should be.
        case corrupt
        /// The disk is full.
        case outOfSpace = "out_of_space"
        /// What is at a path is of another kind than it has to be, or access to it is denied; that says nothing of other paths.
        case inaccessible
        /// The operating system failed in an operation: the disk, for all we know.
        case io
        /// The server cannot be reached.
        case unavailable
        /// The operation was cut off because the process stops.
        case stopped
    }

    /// One mistake within a larger text.
    public struct Detail: Sendable, Hashable, Codable {
        /// The text's name, as the user gave it.
        public var file: String?
        /// 1-based line, if known.
        public var line: Int?
        /// 1-based column, counted in characters, if known.
        public var column: Int?
        /// JSON Pointer (RFC 6901) to the mistaken value.
        public var pointer: String?
        public var message: String

        public init(file: String? = nil, line: Int? = nil, column: Int? = nil, pointer: String? = nil, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.pointer = pointer
            self.message = message
        }
    }

    /// Whether the machine failed, has too little of something, or denies access: that says nothing of what was asked for, which may succeed
    /// another time.
    public var isOfTheMachine: Bool { concernsAll || code == .inaccessible }

    /// Whether the machine failed, or has too little of something, wherever it is asked next.
    public var concernsAll: Bool { [.io, .outOfSpace, .overloaded].contains(code) }

    public var code: Code
    /// One sentence: what could not be done, to what, and why. No period at its end.
    public var message: String
    /// The underlying fact, if it says more than `message`.
    public var cause: String?
    /// What the reader can do about it, if we know.
    public var hint: String?
    /// Located mistakes, in the order of the text.
    public var details: [Detail]

    public init(_ code: Code, _ message: String, cause: String? = nil, hint: String? = nil, details: [Detail] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.hint = hint
        self.details = details
    }
}

extension PachError {
    /// What whoever waits for an engine that is closed is told.
    public static let engineStops = PachError(.stopped, "the engine stops", hint: "Try again once it runs.")
}

extension PachError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let cause { text += ": \(cause)" }
        return text
    }

    /// The description and the hint, as sentences.
    public var descriptionWithHint: String { hint.map { "\(self). \($0)" } ?? description }
}
