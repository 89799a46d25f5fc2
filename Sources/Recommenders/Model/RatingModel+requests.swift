extension RatingModel {
    /// Answers a file of requests, as described at `RequestsReader`.
    ///
    /// Each request `user item` gives a line `user item estimate`, in order, separated by single spaces, the estimate as the shortest
    /// decimal number that reads back as the same double.
    ///
    /// - Parameters:
    ///   - requests: The file of requests.
    ///   - answers: The file to write, in place of what was there; complete or not at all. Missing folders above it are made.
    /// - Returns: How many requests there were.
    /// - Throws: `.io` when a file cannot be read or written, `.invalidInput`, naming file and line, when a request cannot be read.
    @discardableResult
    public func answer(requests: String, into answers: String) throws(RecommenderError) -> Int {
        var file = try OutputFile(answers)
        var count = 0
        try RequestsReader.forEachRequest(of: requests) { (user, item) throws(RecommenderError) in
            try file.write(user)
            try file.write(CollectionOfOne(UInt8(ascii: " ")))
            try file.write(item)
            try file.write(" \(estimate(user: user, item: item))\n".utf8)
            count += 1
        }
        try file.finish()
        return count
    }
}
