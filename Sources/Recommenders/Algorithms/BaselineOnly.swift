/// Estimates μ + b_u + b_i, the biases fitted alone.
///
/// - Source: Koren, "Factor in the Neighbors", 2010, section 2.1; defaults of Surprise's `BaselineOnly`.
public struct BaselineOnly: Algorithm, Hashable {
    public static let name = "baseline-only"

    /// How the biases are fitted.
    var baselines = Baselines()

    public static let options: [AlgorithmOption<BaselineOnly>] = Baselines.options.map { $0.lifted(to: \.baselines) }

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> BaselineEstimator {
        try validate()
        let (users, items) = try baselines.fit(trainset, byItem: trainset.byItem, on: machine)
        return BaselineEstimator(mean: trainset.mean, users: users, items: items)
    }
}

/// Estimates μ + b_u + b_i; a term whose user or item was not trained on is dropped.
///
/// In a model file, `user.bia` and `item.bia` are f64, one for each user or item.
public struct BaselineEstimator: Estimator {
    private let mean: Double
    private let users: Column<Double>
    private let items: Column<Double>

    init(mean: Double, users: [Double], items: [Double]) {
        self.mean = mean
        self.users = Column(copying: users)
        self.items = Column(copying: items)
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        mean + (user.map { users[$0] } ?? 0) + (item.map { items[$0] } ?? 0)
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        .sum([.mean(mean)] + (user.map { [.userBias(users[$0])] } ?? []) + (item.map { [.itemBias(items[$0])] } ?? []))
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("user.bia", users)
        sections.add("item.bia", items)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        mean = sections.mean
        users = try sections.column("user.bia", count: sections.userCount)
        items = try sections.column("item.bia", count: sections.itemCount)
    }
}
