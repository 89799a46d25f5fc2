#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a column of rows is like, in little room: to be kept beside the rows, and compared with what comes later.
struct ColumnSketch: Codable, Hashable, Sendable {
    /// Rows with a value.
    private(set) var present = 0
    /// Rows without.
    private(set) var missing = 0
    /// Which values there are; nil in what was written before there were samples.
    private(set) var values: ValueSample? = ValueSample()
    /// Where numbers lie; of columns of numbers.
    private(set) var quantiles: QuantileSketch?
    /// The most frequent texts; of columns of text.
    private(set) var frequent: FrequentSketch?

    init(of type: Schema.Kind) {
        if type == .text { frequent = FrequentSketch() } else { quantiles = QuantileSketch() }
    }

    /// Takes in a row's value; an empty one is missing.
    ///
    /// - Parameters:
    ///   - text: The value.
    ///   - number: The number that it spells, in a column of numbers.
    mutating func insert(_ text: Span<UInt8>, number: Double?) {
        guard text.count > 0 else {
            missing += 1
            return
        }
        present += 1
        values?.insert(text)
        frequent?.insert(String(text))
        if let number { quantiles?.insert(number) }
    }

    /// About how many different values there are.
    var distinctCount: Double { values?.count ?? 0 }

    /// The share of rows without a value.
    var missingShare: Double { Double(missing) / Double(max(present + missing, 1)) }

    /// How far this is from what came before.
    func drift(from reference: ColumnSketch) -> ColumnDrift {
        var drift = ColumnDrift(missing: missingShare - reference.missingShare)
        if let values, let others = reference.values { drift.new = values.shareMissing(in: others) }
        if let quantiles, let others = reference.quantiles, quantiles.count > 0, others.count > 0 {
            drift.psi = Self.stabilityIndex(quantiles, others)
        }
        if let frequent, let others = reference.frequent, present > 0, reference.present > 0 {
            let top = others.top(100)
            // Of many texts that are all rare, none is left.
            if !top.isEmpty { drift.topOverlap = Double(Set(top).intersection(frequent.top(100)).count) / Double(top.count) }
        }
        return drift
    }

    /// The population stability index over the reference's tenths: Σ (a − b) ln(a / b), shares not below 10⁻⁴.
    private static func stabilityIndex(_ sketch: QuantileSketch, _ reference: QuantileSketch) -> Double {
        var edges: [Double] = []
        for tenth in 1..<10 {
            if let edge = reference.quantile(Double(tenth) / 10), edge != edges.last { edges.append(edge) }
        }
        func shares(_ sketch: QuantileSketch) -> [Double] {
            let ends = edges.map { sketch.share(upTo: $0) } + [1]
            return zip(ends, [0] + ends).map { max($0 - $1, 1e-4) }
        }
        return zip(shares(sketch), shares(reference)).reduce(0) { $0 + ($1.0 - $1.1) * log($1.0 / $1.1) }
    }
}
