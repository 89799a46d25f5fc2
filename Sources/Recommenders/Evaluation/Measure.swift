/// A number that evaluations are compared by. docs/metrics.md has the definitions.
public enum Measure: String, CaseIterable, Codable, Sendable, CodingKeyRepresentable {
    case rmse, mae, fcp, ndcg, recall, precision
    case hitRate = "hit_rate"
    case mrr, coverage, novelty, gini

    /// Whether less is better.
    public var isLessBetter: Bool { [.rmse, .mae, .gini].contains(self) }

    /// Makes a measure from its name.
    ///
    /// - Throws: `.invalidOption` when there is none of that name.
    public init(named name: String) throws(RecommenderError) {
        guard let measure = Self(rawValue: name) else {
            throw RecommenderError(
                .invalidOption, "There is no measure '\(name)'",
                hint: nearestNameHint(for: name, among: Self.allCases.map(\.rawValue), what: "The measures"))
        }
        self = measure
    }

    /// How much worse one value is than another, in the measure's own units; negative when it is better.
    public func loss(of value: Double, against other: Double) -> Double {
        isLessBetter ? value - other : other - value
    }
}

/// What `recommend evaluate` or `recommend rank` reported, as far as it is compared.
public struct MeasuredReport: Decodable, Hashable, Sendable {
    /// What was measured; options where the report tells them.
    public var parameters: Parameters
    /// What came out.
    public var measures: [Measure: Double]
    /// How sure that is, as far as the report tells.
    public var intervals: [Measure: Interval]
    /// How long the lists were, of a report on lists.
    public var at: Int?

    /// Reads a report.
    ///
    /// - Throws: `.io` when it cannot be read, `.invalidInput`, naming the file, when it is no report.
    public init(contentsOf path: String) throws(RecommenderError) {
        self = try JSONFile.read(path, as: "a report", hint: "Give what 'recommend evaluate' or 'recommend rank' wrote.")
    }

    /// The value of a measure.
    ///
    /// - Parameter path: The report's file, for the error.
    /// - Throws: `.invalidInput` when the report does not have it.
    public func value(of measure: Measure, in path: String) throws(RecommenderError) -> Double {
        guard let value = measures[measure] else {
            throw RecommenderError(
                .invalidInput, "The report '\(path)' does not have the measure '\(measure.rawValue)'",
                hint: "It has: \(Measure.allCases.filter { measures[$0] != nil }.map(\.rawValue).joined(separator: ", ")).")
        }
        return value
    }

    private enum CodingKeys: String, CodingKey { case algorithm, options, seed, intervals, at }

    private struct Mean: Decodable {
        var mean: Double
        var low: Double?
        var high: Double?
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        parameters = Parameters(
            algorithm: try fields.decode(String.self, forKey: .algorithm),
            options: try fields.decodeIfPresent([String: String].self, forKey: .options) ?? [:],
            seed: try fields.decode(UInt64.self, forKey: .seed))
        measures = [:]
        at = try fields.decodeIfPresent(Int.self, forKey: .at)
        intervals = try fields.decodeIfPresent([Measure: Interval].self, forKey: .intervals) ?? [:]
        let numbers = try decoder.container(keyedBy: MeasureKey.self)
        for measure in Measure.allCases {
            let key = MeasureKey(measure)
            // Over folds a measure is an object with a mean, and else a number or null: anything else is refused as no number.
            let mean = try? numbers.decodeIfPresent(Mean.self, forKey: key)
            measures[measure] = try mean?.mean ?? numbers.decodeIfPresent(Double.self, forKey: key)
            if let low = mean?.low, let high = mean?.high { intervals[measure] = Interval(low: low, high: high) }
        }
    }

    private struct MeasureKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ measure: Measure) { stringValue = measure.rawValue }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
