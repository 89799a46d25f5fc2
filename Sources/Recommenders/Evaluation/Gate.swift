/// Decides whether what was evaluated may be published.
public struct Gate: Sendable {
    /// What is compared with the last evaluation that passed.
    public var measure: Measure
    /// How much worse than that it may be, in units of the measure; at least 0. Where the report has an interval, its better end counts.
    public var tolerance: Double
    /// For some measures, the worst that may be published, whatever was before.
    public var limits: [Measure: Double]

    /// - Throws: `.invalidOption` when the tolerance is negative or not a number.
    public init(comparing measure: Measure, tolerance: Double, limits: [Measure: Double]) throws(RecommenderError) {
        guard tolerance >= 0 else {
            throw RecommenderError(.invalidOption, "\(tolerance) is not a tolerance", hint: "Give how much worse it may be, from 0 on.")
        }
        self.measure = measure
        self.tolerance = tolerance
        self.limits = limits
    }

    /// What was decided, and why.
    public struct Decision: Codable, Hashable, Sendable {
        public var measure: Measure
        public var value: Double
        /// The value that passed last; `nil` when none did, or what passed last was not measured so.
        public var previous: Double?
        /// The best value that ever passed, this one included; `nil` when none did, or none that can be compared with this one.
        public var best: Double?
        /// How long the lists were, of an evaluation of lists.
        public var at: Int?
        /// Why there is nothing to compare with, although something passed last: a sentence.
        public var note: String?
        /// Why it may not be published, each a sentence; empty when it may.
        public var failures: [String]
        /// Whether it may be published: whether there are no failures.
        public var passed: Bool
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - evaluation: A report of what may be published.
    ///   - previous: The last that passed; there may be no file.
    ///   - decision: What was decided last, which has the best that ever passed; there may be no file.
    /// - Throws: `.io` when a file cannot be read, `.invalidInput` when it is no report, or no decision, or the first lacks a measure that is
    ///   asked for.
    public func decide(_ evaluation: String, previous: String?, decision: String? = nil) throws(RecommenderError) -> Decision {
        let report = try MeasuredReport(contentsOf: evaluation)
        let value = try report.value(of: measure, in: evaluation)
        var failures: [String] = []
        for (measure, limit) in limits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let value = try report.value(of: measure, in: evaluation)
            guard measure.loss(of: value, against: limit) > 0 else { continue }
            failures.append("\(measure.rawValue) is \(value), and should be at \(measure.isLessBetter ? "most" : "least") \(limit)")
        }
        var last: Double?
        var note: String?
        if let previous, try FileTree(at: previous) != nil {
            let former = try MeasuredReport(contentsOf: previous)
            last = former.measures[measure]
            // What is compared may change; nothing could pass any more if that were an error.
            if last == nil {
                note = "what passed last does not have the measure '\(measure.rawValue)', so nothing is compared"
            } else if former.at != report.at {
                last = nil
                note = "what passed last has lists of another length, so nothing is compared"
            }
        }
        // Against the last alone, what gets worse by little each time would pass for ever.
        var best = last
        if let last, let decision, let former = try bestPassed(in: decision, at: report.at), measure.loss(of: last, against: former) > 0 {
            best = former
        }
        let interval = report.intervals[measure]
        // Each evaluation has test ratings of its own: one that was lucky would keep out all that are as good.
        let reach = interval.map { measure.isLessBetter ? $0.low : $0.high } ?? value
        if let best, measure.loss(of: reach, against: best) > tolerance {
            let range = interval.map { " (\($0.low) to \($0.high))" } ?? ""
            let which = best == last ? "passed last" : "is the best that passed"
            failures.append(
                "\(measure.rawValue) is \(value)\(range), worse by more than \(tolerance) than the \(best) that \(which)")
        }
        if failures.isEmpty, best.map({ measure.loss(of: value, against: $0) < 0 }) ?? true { best = value }
        return Decision(
            measure: measure, value: value, previous: last, best: best, at: report.at, note: note, failures: failures,
            passed: failures.isEmpty)
    }

    private func bestPassed(in path: String, at length: Int?) throws(RecommenderError) -> Double? {
        guard try FileTree(at: path) != nil else { return nil }
        let decision: Decision = try JSONFile.read(path, as: "a decision", hint: "Give what 'recommend gate --decision' wrote.")
        return decision.measure == measure && decision.at == length ? decision.best : nil
    }
}
