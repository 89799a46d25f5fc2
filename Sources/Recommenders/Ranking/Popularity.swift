/// Ranks items by how many users liked them, the same for everybody: what every algorithm must beat.
public struct Popularity: RankingAlgorithm {
    public static let name = "popularity"
    public static let options: [AlgorithmOption<Popularity>] = []

    /// Makes the algorithm.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> PopularityRanker {
        PopularityRanker(counts: Column(copying: Self.counts(trainset)))
    }

    /// How many users liked each item.
    static func counts(_ trainset: Trainset) -> [Float] {
        var counts = [Float](repeating: 0, count: trainset.itemCount)
        for item in trainset.byUser.others { counts[Int(item)] += 1 }
        return counts
    }
}

/// What `Popularity` learns: how many users liked each item, which every model file that ranks has in its section `item.cnt`.
public struct PopularityRanker: Ranker {
    let counts: Column<Float>

    init(counts: Column<Float>) {
        self.counts = counts
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        for row in 0..<users.count { scores.replaceSubrange(row * stride..<row * stride + counts.count, with: counts) }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] { [.users(score)] }

    public func write(to sections: inout SectionWriter) {}

    public init(from sections: SectionReader) throws(RecommenderError) {
        counts = try sections.column("item.cnt", count: sections.itemCount)
    }
}
