internal import CKernels

/// Estimates from how the nearest neighbours rated the same: what the neighbourhood algorithms learn.
///
/// *Own* is the side that is compared, users or items; *other* is the other one. An estimate is where ratings of the own one are measured
/// from, plus the mean of its neighbours' deviations, weighted by similarity, in its own unit. Only neighbours with a positive similarity
/// count; among equals, those that rated first.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `neighbou` | u64: 0 to 3 for `Normalization`, in its order; 1 when users are compared; `k`; `min_k` |
/// | `own.sim` | f64, row-major, a row and a column for each: similarities |
/// | `own.cen`, `own.spr` | f64, one for each: what its ratings are measured from, and in what unit |
/// | `oth.bia` | f64, one for each on the other side: biases |
/// | `oth.beg` | u64, one for each on the other side and one more: where its ratings begin |
/// | `oth.rat` | i32, one for each rating: who rated, or what was rated |
/// | `oth.dev` | f64, one for each rating: how far it deviates |
public struct NeighbourEstimator: Estimator {
    let normalization: Neighbourhood.Normalization
    let isUserBased: Bool
    let neighbours: Int
    let minimumNeighbours: Int
    /// What all ratings are measured from.
    let constant: Double
    let similarities: Column<Double>
    let centres: Column<Double>
    let spreads: Column<Double>
    let otherBiases: Column<Double>
    /// Deviations, by the other side.
    let ratings: Groups

    init(
        normalization: Neighbourhood.Normalization, isUserBased: Bool, neighbours: Int, minimumNeighbours: Int, constant: Double,
        similarities: Column<Double>, centres: Column<Double>, spreads: Column<Double>, otherBiases: Column<Double>, ratings: Groups
    ) {
        self.normalization = normalization
        self.isUserBased = isUserBased
        self.neighbours = neighbours
        self.minimumNeighbours = minimumNeighbours
        self.constant = constant
        self.similarities = similarities
        self.centres = centres
        self.spreads = spreads
        self.otherBiases = otherBiases
        self.ratings = ratings
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        let (own, other) = isUserBased ? (user, item) : (item, user)
        guard let own, let other else {
            guard normalization == .baseline else { return nil }
            return constant + (own.map { centres[$0] } ?? 0) + (other.map { otherBiases[$0] } ?? 0)
        }
        let centre = constant + centres[own] + otherBiases[other]
        guard let found = nearest(own, other) else { return normalization == .none ? nil : centre }
        return centre + found.deviation
    }

    /// The mean of the nearest neighbours' deviations, weighted by similarity, in the own one's unit, and the sum of those weights; `nil`
    /// where too few count.
    func nearest(_ own: Int, _ other: Int) -> (deviation: Double, weight: Double)? {
        let row = similarities.extracting(own * centres.count..<(own + 1) * centres.count)
        let (raters, deviations) = ratings.group(other)
        let found = withUnsafeTemporaryAllocation(of: Double.self, capacity: max(2 * raters.count, 1)) { scratch in
            // A capacity of at least 1 has an address.
            scratch.baseAddress.map { scratch in
                Kernels.widest.nearest(row.start, raters.start, deviations.start, raters.count, neighbours, scratch)
            }
        }
        guard let found, found.count >= minimumNeighbours, found.weight > 0 else { return nil }
        return (spreads[own] * found.sum / found.weight, found.weight)
    }

    public func write(to sections: inout SectionWriter) {
        let code = Neighbourhood.Normalization.codes.firstIndex(of: normalization) ?? 0
        sections.add(
            "neighbou", Column(copying: [UInt64(code), isUserBased ? 1 : 0, UInt64(neighbours), UInt64(minimumNeighbours)]))
        sections.add("own.sim", similarities)
        sections.add("own.cen", centres)
        sections.add("own.spr", spreads)
        sections.add("oth.bia", otherBiases)
        sections.add("oth.beg", ratings.starts)
        sections.add("oth.rat", ratings.others)
        sections.add("oth.dev", ratings.values)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let settings: Column<UInt64> = try sections.column("neighbou", count: 4)
        let limit = UInt64(Int32.max)
        guard settings[0] < 4, settings[1] <= 1, (1...limit).contains(settings[2]), settings[3] <= limit else {
            throw .corruptModel("its neighbourhood is out of range")
        }
        normalization = Neighbourhood.Normalization.codes[Int(settings[0])]
        isUserBased = settings[1] == 1
        neighbours = Int(settings[2])
        minimumNeighbours = Int(settings[3])
        constant = normalization == .baseline ? sections.mean : 0
        let ownCount = isUserBased ? sections.userCount : sections.itemCount
        let otherCount = isUserBased ? sections.itemCount : sections.userCount
        similarities = try sections.column("own.sim", count: ownCount * ownCount)
        centres = try sections.column("own.cen", count: ownCount)
        spreads = try sections.column("own.spr", count: ownCount)
        otherBiases = try sections.column("oth.bia", count: otherCount)
        let (starts, raters): (Column<Int>, Column<Int32>) = try sections.lists("oth.beg", "oth.rat", count: otherCount, limit: ownCount)
        ratings = Groups(starts: starts, others: raters, values: try sections.column("oth.dev", count: raters.count))
    }
}

extension Neighbourhood.Normalization {
    /// What the model file's numbers stand for.
    fileprivate static let codes: [Self] = [.none, .mean, .zScore, .baseline]
}
