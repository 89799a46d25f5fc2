/// Ranks items by how near to the user those are who liked them: by the sum of the cosines between what they liked.
public struct UserNeighbours: RankingAlgorithm {
    public static let name = "user-knn"

    /// The most neighbours of a user that count.
    public var neighbours = 200

    public static let options: [AlgorithmOption<UserNeighbours>] = [.integer("k", \.neighbours, 1...100_000)]

    /// Makes the algorithm with its defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> UserNeighboursRanker {
        try validate()
        let count = min(neighbours, trainset.userCount)
        return UserNeighboursRanker(
            liked: trainset.byUser.lists,
            neighbours: try CosineNeighbours(trainset.byUser, of: "users", columnCount: trainset.itemCount, count: count, on: machine))
    }
}

/// What `UserNeighbours` learns.
public struct UserNeighboursRanker: Ranker {
    let liked: Lists
    let neighbours: CosineNeighbours

    init(liked: Lists, neighbours: CosineNeighbours) {
        self.liked = liked
        self.neighbours = neighbours
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        for (row, user) in users.enumerated() {
            for position in neighbours.rows.range(of: user) {
                for item in liked[Int(neighbours.rows.members[position])] {
                    scores[row * stride + Int(item)] += neighbours.cosines[position]
                }
            }
        }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        let having = neighbours.rows.range(of: user).filter { liked[Int(neighbours.rows.members[$0])].contains(Int32(item)) }
        let terms = having.map { position in
            let cosine = neighbours.cosines[position].shortestDouble
            return PartOfSum.Term(.user(Int(neighbours.rows.members[position])), similarity: cosine, contribution: cosine)
        }
        return [PartOfSum("neighbours", "cosines to the nearest users who have it", score.shortestDouble, terms: terms.weightiestFirst)]
    }

    public func write(to sections: inout SectionWriter) {
        neighbours.write(to: &sections)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        liked = try sections.seen
        neighbours = try CosineNeighbours(from: sections, count: sections.userCount)
    }
}
