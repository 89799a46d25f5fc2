internal import CKernels

/// The user's mean, plus the mean of how much more the item is liked than the others that the user rated.
///
/// How much more an item is liked than another is the mean difference of their ratings by those who rated both. Ratings are taken as they
/// are, where Surprise cuts their fractions off.
///
/// - Source: Lemire and Maclachlan, "Slope One Predictors for Online Rating-Based Collaborative Filtering", 2005, as Surprise's `SlopeOne`.
public struct SlopeOne: Algorithm, Hashable {
    public static let name = "slope-one"
    public static let options: [AlgorithmOption<SlopeOne>] = []

    /// Makes the algorithm.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> SlopeOneEstimator {
        let deviations = try SparseRatings(trainset.byItem, columnCount: trainset.userCount)
            .square(of: "items", diagonal: Float(0), isOpposite: true, on: machine) { matrix, row, scratch, deviations in
                machine.kernels.deviations(matrix, row, scratch, deviations)
            }
        return SlopeOneEstimator(
            userMeans: Column(copying: trainset.byUser.means), starts: trainset.byUser.starts, items: trainset.byUser.others,
            deviations: deviations, itemCount: trainset.itemCount)
    }
}

/// What `SlopeOne` learns.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `user.mea` | f64, one for each user: the mean of their ratings |
/// | `user.beg` | u64, one for each user and one more: where their ratings begin |
/// | `user.rat` | i32, one for each rating: its item |
/// | `item.dev` | f32, row-major, a row and a column for each item: how much more the row's is liked; NaN where nobody rated both |
public struct SlopeOneEstimator: Estimator {
    let userMeans: Column<Double>
    let starts: Column<Int>
    let items: Column<Int32>
    let deviations: Column<Float>
    let itemCount: Int

    init(userMeans: Column<Double>, starts: Column<Int>, items: Column<Int32>, deviations: Column<Float>, itemCount: Int) {
        self.userMeans = userMeans
        self.starts = starts
        self.items = items
        self.deviations = deviations
        self.itemCount = itemCount
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        guard let user, let item else { return nil }
        var sum = 0.0
        var count = 0
        forEachDeviation(user, item) { _, deviation in
            sum += deviation
            count += 1
        }
        return userMeans[user] + (count > 0 ? sum / Double(count) : 0)
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        guard let user, let item else { return .unknown }
        var found: [(item: Int, deviation: Double)] = []
        forEachDeviation(user, item) { found.append(($0, $1)) }
        let count = Double(max(found.count, 1))
        let terms = found.map { PartOfSum.Term(.item($0.item), deviation: $0.deviation, weight: 1 / count) }
        return .sum([
            PartOfSum("user_mean", "mean of the user's ratings", userMeans[user]),
            PartOfSum(
                "deviations", "how much more the item is liked than others that the user rated, by who rated both",
                found.reduce(0) { $0 + $1.deviation } / count,
                terms: terms.weightiestFirst),
        ])
    }

    /// Hands each item that the user rated, and how much more the wanted one is liked, to `body`, where anybody rated both.
    private func forEachDeviation(_ user: Int, _ item: Int, _ body: (_ other: Int, _ deviation: Double) -> Void) {
        let row = deviations.extracting(item * itemCount..<(item + 1) * itemCount)
        for other in items.extracting(starts[user]..<starts[user + 1]) {
            let deviation = row[Int(other)]
            if !deviation.isNaN { body(Int(other), Double(deviation)) }
        }
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("user.mea", userMeans)
        sections.add("user.beg", starts)
        sections.add("user.rat", items)
        sections.add("item.dev", deviations)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        userMeans = try sections.column("user.mea", count: sections.userCount)
        (starts, items) = try sections.lists("user.beg", "user.rat", count: sections.userCount, limit: sections.itemCount)
        itemCount = sections.itemCount
        deviations = try sections.column("item.dev", count: itemCount * itemCount)
    }
}
