/// Ranks items by how many users liked them, the same for everybody: what every algorithm must beat.
public struct Popularity: RankingAlgorithm {
    public static let name = "popularity"
    public static let options: [AlgorithmOption<Popularity>] = []

    /// Makes the algorithm.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> PopularityRanker {
        var counts = [Float](repeating: 0, count: trainset.itemCount)
        for item in trainset.byUser.others { counts[Int(item)] += 1 }
        return PopularityRanker(counts: counts)
    }
}

/// What `Popularity` learns: how many users liked each item.
public struct PopularityRanker: Ranker {
    let counts: [Float]

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        for row in 0..<users.count { scores.replaceSubrange(row * stride..<row * stride + counts.count, with: counts) }
    }
}
