/// Ranks items by how near they are to those that the user liked: by the sum of the cosines between those who liked them.
///
/// - Source: Sarwar et al., "Item-Based Collaborative Filtering Recommendation Algorithms", 2001.
public struct ItemNeighbours: RankingAlgorithm {
    public static let name = "item-knn"

    /// The most neighbours of an item that count.
    public var neighbours = 100

    public static let options: [AlgorithmOption<ItemNeighbours>] = [.integer("k", \.neighbours, 1...100_000)]

    /// Makes the algorithm with its defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> ItemNeighboursRanker {
        try validate()
        let count = min(neighbours, trainset.itemCount)
        return ItemNeighboursRanker(
            liked: trainset.byUser.lists,
            neighbours: try CosineNeighbours(trainset.byItem, of: "items", columnCount: trainset.userCount, count: count, on: machine))
    }
}

/// What `ItemNeighbours` learns.
public struct ItemNeighboursRanker: Ranker {
    let liked: Lists
    let neighbours: CosineNeighbours

    init(liked: Lists, neighbours: CosineNeighbours) {
        self.liked = liked
        self.neighbours = neighbours
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        for (row, user) in users.enumerated() {
            for item in liked[user] {
                for position in neighbours.rows.range(of: Int(item)) {
                    scores[row * stride + Int(neighbours.rows.members[position])] += neighbours.cosines[position]
                }
            }
        }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        let terms = liked[user].flatMap { other in
            neighbours.rows.range(of: Int(other)).filter { neighbours.rows.members[$0] == item }.map { position in
                let cosine = neighbours.cosines[position].shortestDouble
                return PartOfSum.Term(.item(Int(other)), similarity: cosine, contribution: cosine)
            }
        }
        let meaning = "cosines to items that the user has and that have it among their nearest"
        return [PartOfSum("neighbours", meaning, score.shortestDouble, terms: terms.weightiestFirst)]
    }

    public func write(to sections: inout SectionWriter) {
        neighbours.write(to: &sections)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        liked = try sections.seen
        neighbours = try CosineNeighbours(from: sections, count: sections.itemCount)
    }
}
