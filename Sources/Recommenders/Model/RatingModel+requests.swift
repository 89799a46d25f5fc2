extension RatingModel {
    /// How many requests were answered.
    public struct AnswerCounts: Hashable, Sendable {
        public var requests: Int
        /// Those with a user or an item that the model does not know.
        public var unknown: Int

        public init(requests: Int = 0, unknown: Int = 0) {
            self.requests = requests
            self.unknown = unknown
        }

        public static func += (left: inout AnswerCounts, right: AnswerCounts) {
            left.requests += right.requests
            left.unknown += right.unknown
        }
    }

    /// Answers a file of requests, as described at `RequestsReader`.
    ///
    /// Each request `user item` gives a line `user item estimate`, in order, separated by single spaces, the estimate as the shortest
    /// decimal number that reads back as the same double.
    ///
    /// - Parameters:
    ///   - requests: The file of requests.
    ///   - answers: The file to write, in place of what was there; complete or not at all. Missing folders above it are made.
    /// - Throws: `.io` when a file cannot be read or written, `.invalidInput`, naming file and line, when a request cannot be read.
    @discardableResult
    public func answer(requests: String, into answers: String) throws(RecommenderError) -> AnswerCounts {
        var file = try OutputFile(answers)
        var counts = AnswerCounts()
        try RequestsReader.forEachRequest(of: requests) { (user, item) throws(RecommenderError) in
            try file.write(user)
            try file.write(CollectionOfOne(UInt8(ascii: " ")))
            try file.write(item)
            let (userNumber, itemNumber) = (users.number(of: user), items.number(of: item))
            try file.write(" \(estimate(userNumber, itemNumber, time: nil))\n".utf8)
            counts.requests += 1
            if userNumber == nil || itemNumber == nil { counts.unknown += 1 }
        }
        try file.finish()
        return counts
    }
}
