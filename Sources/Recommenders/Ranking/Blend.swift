/// Ranks items by a weighted sum of what `EASE` and `ItemNeighbours` say.
///
/// Both look at the same pairs, but err in different ways: least squares finds what a user will like among much that is alike, and so fits the
/// users as they were; sums of cosines lean to what is liked by many, and hold where tastes move on. The scores of each are divided by their
/// standard deviation over the items that the user does not have yet, so that the weight means the same for every user.
///
/// - Source: Burke, "Hybrid Recommender Systems: Survey and Experiments", 2002 (a weighted hybrid); the parts' own.
public struct Blend: RankingAlgorithm {
    public static let name = "blend"

    /// The linear model of items.
    var linear = EASE()
    /// The nearest items.
    var nearest = ItemNeighbours()
    /// The share of the nearest items in the sum, 0 to 1; the rest is the linear model's.
    public var weight = 0.5

    public static let options: [AlgorithmOption<Blend>] =
        EASE.options.map { $0.lifted(to: \.linear) } + ItemNeighbours.options.map { $0.lifted(to: \.nearest) } + [
            .number("weight", \.weight, 0...1)
        ]

    /// Makes the algorithm with its defaults. Those were chosen on the training pairs of MovieLens 1M alone: see docs/performance/recommender.md.
    public init() {
        linear.regularization = 1000
    }

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> BlendRanker {
        try validate()
        return BlendRanker(
            linear: try linear.fit(trainset, on: machine), nearest: try nearest.fit(trainset, on: machine), weight: weight,
            liked: trainset.byUser.lists, itemCount: trainset.itemCount)
    }
}

/// What `Blend` learns.
///
/// A model file has the sections of both parts, and `weight`, an f64.
public struct BlendRanker: Ranker {
    let linear: EASERanker
    let nearest: ItemNeighboursRanker
    let weight: Double
    let liked: Lists
    let itemCount: Int

    init(linear: EASERanker, nearest: ItemNeighboursRanker, weight: Double, liked: Lists, itemCount: Int) {
        self.linear = linear
        self.nearest = nearest
        self.weight = weight
        self.liked = liked
        self.itemCount = itemCount
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        var others = [Float](repeating: 0, count: scores.count)
        let shares = scoreApart(users, linear: &scores, nearest: &others, stride: stride)
        for (row, share) in shares.enumerated() {
            for place in row * stride..<row * stride + itemCount {
                scores[place] = share.linear * scores[place] + share.nearest * others[place]
            }
        }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        var scores = [Float](repeating: 0, count: linear.stride)
        var others = scores
        let share = scoreApart(user..<user + 1, linear: &scores, nearest: &others, stride: linear.stride)[0]
        var parts =
            linear.parts(of: scores[item], user: user, item: item).map { $0.scaled(by: share.linear, named: EASE.name) }
            + nearest.parts(of: others[item], user: user, item: item).map { $0.scaled(by: share.nearest, named: "item_knn") }
        let rest = score.shortestDouble - parts.reduce(0) { $0 + $1.value }
        parts.append(PartOfSum("rounding", "of the score, which is computed in single precision", rest))
        return parts
    }

    /// The scores of both parts, and for each user what they are multiplied with.
    private func scoreApart(
        _ users: Range<Int>, linear scores: inout [Float], nearest others: inout [Float], stride: Int
    ) -> [(linear: Float, nearest: Float)] {
        linear.score(users, into: &scores, stride: stride)
        nearest.score(users, into: &others, stride: stride)
        return users.enumerated().map { row, user in
            let places = row * stride..<row * stride + itemCount
            let known = liked[user]
            return (
                Float((1 - weight) / deviation(scores[places], without: known)), Float(weight / deviation(others[places], without: known))
            )
        }
    }

    /// The standard deviation of the scores of all items but some; 1 where it is 0, since then they rank nothing.
    private func deviation(_ scores: ArraySlice<Float>, without known: Column<Int32>) -> Double {
        var numbers = Array(scores)
        for item in known.buffer { numbers[Int(item)] = 0 }
        let count = Double(numbers.count - known.count)
        var (sum, squares) = (0.0, 0.0)
        for number in numbers {
            sum += Double(number)
            squares += Double(number) * Double(number)
        }
        let variance = (squares - sum * sum / count) / count
        return variance > 0 ? variance.squareRoot() : 1
    }

    public func write(to sections: inout SectionWriter) {
        linear.write(to: &sections)
        nearest.write(to: &sections)
        sections.add("weight", Column(copying: [weight]))
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        linear = try EASERanker(from: sections)
        nearest = try ItemNeighboursRanker(from: sections)
        let weights: Column<Double> = try sections.column("weight", count: 1)
        weight = weights[0]
        liked = try sections.seen
        itemCount = sections.itemCount
    }
}

extension PartOfSum {
    /// The part, multiplied, under another name.
    fileprivate func scaled(by factor: Float, named name: String) -> PartOfSum {
        var scaled = PartOfSum(name, meaning, value * Double(factor), terms: terms)
        for position in terms.indices { scaled.terms[position].contribution *= Double(factor) }
        return scaled
    }
}
