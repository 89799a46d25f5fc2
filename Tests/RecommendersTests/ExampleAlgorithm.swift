import Recommenders

/// An algorithm of one's own, as docs/algorithms.md describes it: the mean of the user's ratings, drawn towards the mean of all.
///
/// It uses nothing but what the library makes public, so it could stand in any package.
struct UserMean: Algorithm {
    static let name = "user-mean"

    /// How many ratings the mean of all counts as.
    var shrinkage = 5.0

    static let options: [AlgorithmOption<UserMean>] = [.number("shrinkage", \.shrinkage, 0...1000)]

    func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> Means {
        try validate()
        var sums = [Double](repeating: shrinkage * trainset.mean, count: trainset.userCount)
        var counts = [Double](repeating: shrinkage, count: trainset.userCount)
        trainset.forEachRating { user, _, value in
            sums[user] += value
            counts[user] += 1
        }
        return Means(users: zip(sums, counts).map { $0 / $1 })
    }

    /// What it learns: a mean for each user.
    struct Means: Estimator {
        let users: [Double]

        init(users: [Double]) { self.users = users }

        /// Of a user who was not trained on nothing can be said.
        func estimate(user: Int?, item: Int?) -> Double? { user.map { users[$0] } }

        func write(to sections: inout SectionWriter) { sections.add("user.mea", users) }

        init(from sections: SectionReader) throws(RecommenderError) {
            users = try sections.numbers("user.mea", count: sections.userCount)
        }
    }
}
