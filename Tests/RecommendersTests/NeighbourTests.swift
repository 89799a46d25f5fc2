import Testing

@testable import Recommenders

@Suite struct NeighbourTests {
    /// a and b agree but for one point on x; a and c agree on x alone.
    private let dataset: Dataset

    init() throws {
        dataset = try Dataset([("a", "x", 4), ("a", "y", 2), ("b", "x", 5), ("b", "y", 2), ("b", "z", 5), ("c", "x", 4), ("c", "z", 1)])
    }

    private func estimate(_ name: String, _ options: [(String, String)] = [], user: Int? = 0, item: Int? = 2) throws -> Double? {
        var algorithm = try Algorithms.named(name)
        for (option, value) in options { try algorithm.set(option, to: value) }
        return try algorithm.fit(Trainset(dataset), on: .whole).estimate(user: user, item: item)
    }

    @Test("weighs neighbours by similarity")
    func basic() throws {
        // msd(a, b) = (1 + 0) / 2, similarity 1 / 1.5; msd(a, c) = 0, similarity 1.
        let (toB, toC) = (1 / 1.5, 1.0)
        let weighted: Double = (toB * 5 + toC * 1) / (toB + toC)
        #expect(try estimate("knn-basic") == weighted)
        // The nearest one alone is c.
        #expect(try estimate("knn-basic", [("k", "1")]) == 1)
        // b has two in common with a, c but one.
        #expect(try estimate("knn-basic", [("min_support", "2")]) == 5)
    }

    @Test("among equally similar neighbours those that rated first count")
    func ties() throws {
        let dataset = try Dataset([("c", "z", 1), ("b", "z", 2), ("a", "x", 3), ("b", "x", 3), ("c", "x", 3), ("d", "x", 3), ("d", "z", 5)])
        var knn = KNNBasic()
        try knn.set("k", to: "2")
        let trainset = try Trainset(dataset)
        #expect(try knn.fit(trainset).estimate(user: 2, item: 0) == 1.5)
    }

    @Test("without enough neighbours, says nothing or falls back")
    func fewNeighbours() throws {
        #expect(try estimate("knn-basic", [("min_k", "3")]) == nil)
        #expect(try estimate("knn-with-means", [("min_k", "3")]) == 3)
        #expect(try estimate("knn-with-zscore", [("min_k", "3")]) == 3)
        let baseline = try #require(try estimate("baseline-only"))
        #expect(abs(try #require(try estimate("knn-baseline", [("min_k", "3")])) - baseline) < 1e-12)
    }

    @Test("ratings that are all the same have no spread and no correlation, whatever number they are", arguments: [3.7, 4.1, 0.1, 1e9 / 3])
    func constants(value: Double) throws {
        var rows: [(user: String, item: String, rating: Double)] = []
        for item in 0..<40 {
            rows.append(("constant", "\(item)", value))
            // The same but for an item that it alone has.
            rows.append(("nearly", "\(item)", value))
            rows.append(("other", "\(item)", value * (1 + Double(item % 7) / 10)))
        }
        rows.append(("nearly", "alone", value / 2))
        let trainset = try Trainset(try Dataset(rows))
        #expect(trainset.byUser.means[0] == value && trainset.byUser.deviations[0] == 0)
        let found = try Similarity(measure: .pearson).matrix(trainset, byItem: trainset.byItem, biases: { ([], []) }, on: .whole)
        #expect(Array(found) == [1, 0, 0, 0, 1, 0, 0, 0, 1])
    }

    @Test("a correlation is at most 1")
    func perfect() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        var rows: [(user: String, item: String, rating: Double)] = []
        for item in 0..<30 {
            let rating = 3.7 + 1e-6 * random.nextUnit()
            for user in 0..<8 { rows.append(("\(user)", "\(item)", rating * (1 + Double(user) / 7))) }
        }
        let trainset = try Trainset(try Dataset(rows))
        let found = try Similarity(measure: .pearson).matrix(trainset, byItem: trainset.byItem, biases: { ([], []) }, on: .whole)
        #expect(found.allSatisfy { $0.magnitude <= 1 }, "seed \(seed)")
    }

    @Test("measures neighbours from their means, and in their deviations")
    func normalizations() throws {
        // Means: a 3, b 4, c 2.5; z deviates by 1 for b and by -1.5 for c.
        let (toB, toC) = (1 / 1.5, 1.0)
        let means: Double = 3 + (toB * 1 - toC * 1.5) / (toB + toC)
        #expect(abs(try #require(try estimate("knn-with-means")) - means) < 1e-12)
        // Deviations: a 1, b √2, c 1.5.
        let scores: Double = 3 + (toB * 1 / 2.0.squareRoot() - toC * 1) / (toB + toC)
        #expect(abs(try #require(try estimate("knn-with-zscore")) - scores) < 1e-12)
    }

    @Test("knows nothing of a stranger, except that the baseline drops its terms")
    func strangers() throws {
        for name in ["knn-basic", "knn-with-means", "knn-with-zscore", "slope-one", "co-clustering", "nmf"] {
            #expect(try estimate(name, user: nil) == nil)
            #expect(try estimate(name, item: nil) == nil)
        }
        for (user, item) in [(nil, 1), (0, nil), (nil, nil)] as [(Int?, Int?)] {
            #expect(try estimate("knn-baseline", user: user, item: item) == estimate("baseline-only", user: user, item: item))
        }
    }

    @Test("slope one adds the mean difference to those that the user rated")
    func slopeOne() throws {
        // z is liked 0 and -3 more than x by b and c, mean -1.5, and 3 more than y by b; a's mean is 3.
        #expect(try estimate("slope-one") == 3 + (-1.5 + 3) / 2)
    }

    @Test(
        "similarities are those of the definitions, for ratings in steps and any others",
        arguments: [1, 0.5, 0.3], Similarity.Measure.allCases)
    func similarities(step: Double, measure: Similarity.Measure) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        var dataset = Dataset()
        for user in 0..<40 {
            for item in 0..<30 where random.nextUnit() < 0.5 {
                try dataset.append(user: "\(user)", item: "\(item)", rating: step * Double(1 + random.next() % 10))
            }
        }
        let trainset = try Trainset(dataset)
        let biases = try Baselines().fit(trainset, byItem: trainset.byItem, on: .whole)
        for isUserBased in [true, false] {
            let similarity = Similarity(measure: measure, isUserBased: isUserBased, minimumSupport: 5, shrinkage: 20)
            let rows = isUserBased ? trainset.byUser : trainset.byItem
            let expected = definition(similarity, rows, trainset, biases)
            for kernels in Kernels.available {
                for threads in [1, 3] {
                    let found = try similarity.matrix(
                        trainset, byItem: trainset.byItem, biases: { biases }, on: Machine(threads: threads, kernels: kernels))
                    #expect(
                        zip(found, expected).allSatisfy { abs($0 - $1) < 1e-11 },
                        "seed \(seed), \(kernels.name), \(threads) threads, users: \(isUserBased)")
                }
            }
        }
    }

    /// Pair by pair, column by column, from what `Similarity.Measure` says.
    private func definition(
        _ similarity: Similarity, _ rows: Groups, _ trainset: Trainset, _ biases: (users: [Double], items: [Double])
    ) -> [Double] {
        let (own, other) = similarity.isUserBased ? (biases.users, biases.items) : (biases.items, biases.users)
        let isResidual = similarity.measure == .pearsonBaseline
        let ratings = (0..<rows.count).map { row in
            let (columns, values) = rows.group(row)
            return Dictionary(
                uniqueKeysWithValues: zip(columns, values).map { column, value in
                    (column, isResidual ? value - (trainset.mean + own[row] + other[Int(column)]) : value)
                })
        }
        return (0..<rows.count).flatMap { row in
            (0..<rows.count).map { column in
                guard row != column else { return 1 }
                let pairs = ratings[row].compactMap { key, value in ratings[column][key].map { (value, $0) } }
                let count = Double(pairs.count)
                guard pairs.count >= similarity.minimumSupport else { return 0 }
                func sum(_ term: (Double, Double) -> Double) -> Double { pairs.reduce(0) { $0 + term($1.0, $1.1) } }
                let means = similarity.measure == .pearson ? (sum { own, _ in own } / count, sum { _, other in other } / count) : (0, 0)
                let cosine =
                    sum { ($0 - means.0) * ($1 - means.1) }
                    / (sum { own, _ in (own - means.0) * (own - means.0) } * sum { _, other in (other - means.1) * (other - means.1) })
                    .squareRoot()
                switch similarity.measure {
                case .msd: return 1 / (1 + sum { ($0 - $1) * ($0 - $1) } / count)
                case .cosine, .pearson: return cosine.isFinite ? cosine : 0
                case .pearsonBaseline: return cosine * (count - 1) / (count - 1 + similarity.shrinkage)
                }
            }
        }
    }
}
