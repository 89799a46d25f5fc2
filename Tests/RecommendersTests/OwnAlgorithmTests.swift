import Testing

import Recommenders

/// An algorithm of one's own: the mean of the user's ratings, or of all.
///
/// This is all that it takes. To have it on the command line and in model files, name it in `Algorithms.all`.
private struct UserMean: Algorithm {
    static let name = "user-mean"
    static let options: [AlgorithmOption<UserMean>] = []

    func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> Means {
        var sums = [Double](repeating: 0, count: trainset.userCount)
        var counts = sums
        trainset.forEachRating { user, _, value in
            sums[user] += value
            counts[user] += 1
        }
        return Means(users: zip(sums, counts).map { $0 / $1 })
    }

    struct Means: Estimator {
        let users: [Double]

        func estimate(user: Int?, item: Int?) -> Double? { user.map { users[$0] } }

        func write(to sections: inout SectionWriter) { sections.add("user.mea", users) }

        init(users: [Double]) { self.users = users }

        init(from sections: SectionReader) throws(RecommenderError) {
            users = try sections.numbers("user.mea", count: sections.userCount)
        }
    }
}

@Suite struct OwnAlgorithmTests {
    @Test("an algorithm from outside of the library can be measured like any other")
    func evaluation() throws {
        var dataset = Dataset()
        for (user, item, rating) in [("a", "x", 1.0), ("a", "y", 2), ("b", "x", 5), ("a", "z", 1), ("?", "x", 3)] {
            try dataset.append(user: user, item: item, rating: rating)
        }
        let (score, predictions) = try Evaluation(of: dataset, scale: dataset.scale()).run(UserMean(), train: 0..<3, test: 3..<5)
        #expect(predictions.map(\.estimate) == [1.5, 8.0 / 3])
        #expect(score.trainRatings == 3 && score.testRatings == 2)
    }
}
