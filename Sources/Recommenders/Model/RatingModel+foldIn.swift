extension RatingModel {
    /// How many users and items a model took in.
    public struct Folded: Hashable, Sendable {
        public var users: Int
        public var items: Int
    }

    /// A model that also knows the users and items that ratings are by and of. For all that was known, nothing changes.
    ///
    /// First the new users are placed by their ratings of known items, then the new items by their ratings of all users. Ratings of known
    /// items by known users say nothing here. Where a user rated an item several times, the last rating counts.
    ///
    /// - Parameters:
    ///   - dataset: The ratings.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Throws: `.invalidOption` when the model's algorithm cannot take in anybody, `.diverged` when what comes out has no meaning.
    public func foldingIn(_ dataset: Dataset, machine: Machine = .whole) throws(RecommenderError) -> (model: RatingModel, folded: Folded) {
        let names = Algorithms.all.filter { $0 is any FoldingAlgorithm.Type }.map { $0.name }.joined(separator: ", ")
        guard let folding = algorithm as? any FoldingAlgorithm else {
            throw RecommenderError(
                .invalidOption, "A model of \(type(of: algorithm).name) takes in nobody without training",
                hint: "Train it again, or use one of: \(names).")
        }
        var (newUsers, newItems): ([String], [String]) = ([], [])
        let userNumbers = Self.numbers(of: dataset.users, in: users, &newUsers)
        let itemNumbers = Self.numbers(of: dataset.items, in: items, &newItems)
        var newcomers = Newcomers(
            users: [[Newcomers.Rating]](repeating: [], count: newUsers.count),
            items: [[Newcomers.Rating]](repeating: [], count: newItems.count))
        for row in dataset.lastRows {
            let (user, item) = (userNumbers[Int(dataset.userOfRow[row])], itemNumbers[Int(dataset.itemOfRow[row])])
            let (value, time) = (dataset.ratings[row], dataset.time(of: row))
            if item >= itemCount {
                newcomers.items[item - itemCount].append(.init(other: user, value: value, time: time))
            } else if user >= userCount {
                newcomers.users[user - userCount].append(.init(other: item, value: value, time: time))
            }
        }
        guard let estimator = try folding.fold(newcomers, intoAny: estimator, on: machine) else {
            preconditionFailure("a model's estimator is its algorithm's")
        }
        let model = RatingModel(
            algorithm: algorithm, instructionSet: instructionSet, ratingCount: ratingCount, mean: mean, scale: scale, estimator: estimator,
            users: users.adding(newUsers), items: items.adding(newItems))
        return (model, Folded(users: newUsers.count, items: newItems.count))
    }

    /// For each identifier of a table, its inner number, the next one for one that is not in the index.
    private static func numbers(of table: IdentifierTable, in index: IdentifierIndex, _ newcomers: inout [String]) -> [Int] {
        (0..<table.count).map { number in
            if let known = table.withBytes(of: number, { index.number(of: $0) }) { return known }
            newcomers.append(table[number])
            return index.count + newcomers.count - 1
        }
    }
}
