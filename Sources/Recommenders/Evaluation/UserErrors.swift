/// What estimates missed, summed up for each user and fold: all that the measures of estimates need.
struct UserErrors: Sendable {
    /// Sums over some test ratings.
    struct Sums: Sendable {
        var ratings = 0.0
        var squares = 0.0
        var absolutes = 0.0
        /// Pairs of a user's ratings, one larger than the other, with the estimates in the same order.
        var concordant = 0.0
        /// Such pairs with the estimates in the other order, or equal.
        var discordant = 0.0

        static func += (sums: inout Sums, more: Sums) {
            sums.ratings += more.ratings
            sums.squares += more.squares
            sums.absolutes += more.absolutes
            sums.concordant += more.concordant
            sums.discordant += more.discordant
        }

        var rmse: Double { (squares / ratings).squareRoot() }
        var mae: Double { absolutes / ratings }
        /// The fraction of concordant pairs; NaN where there are no pairs.
        var fcp: Double { concordant / (concordant + discordant) }
    }

    /// For each fold, the sums of each user of the data set.
    private let folds: [[Sums]]

    /// - Parameters:
    ///   - predictions: For each fold, what was estimated.
    ///   - dataset: The data set that their rows belong to.
    init(_ predictions: [[Evaluation.Prediction]], of dataset: Dataset) {
        folds = predictions.map { Self.sums(of: $0, dataset) }
    }

    private static func sums(of predictions: [Evaluation.Prediction], _ dataset: Dataset) -> [Sums] {
        var ofUser = [[(rating: Double, estimate: Double)]](repeating: [], count: dataset.users.count)
        for prediction in predictions {
            ofUser[Int(dataset.userOfRow[prediction.row])].append((dataset.ratings[prediction.row], prediction.estimate))
        }
        return ofUser.map { ratings in
            var sums = Sums()
            for (rating, estimate) in ratings {
                let error = estimate - rating
                sums.ratings += 1
                sums.squares += error * error
                sums.absolutes += abs(error)
            }
            let pairs = RatingPairs(of: ratings)
            sums.concordant = Double(pairs.concordant)
            sums.discordant = Double(pairs.discordant)
            return sums
        }
    }

    /// The measures of a fold, over all users.
    func total(of fold: Int) -> Sums {
        folds[fold].reduce(into: Sums()) { $0 += $1 }
    }

    /// The measures over some users, each fold that has them counting alike, with intervals.
    ///
    /// - Parameters:
    ///   - members: For each fold, the users of the data set that count there.
    ///   - seed: Where the intervals' random numbers start.
    /// - Returns: `nil` when none of them has a test rating.
    func measures(of members: [[Int]], seed: UInt64, on machine: Machine) -> EvaluationReport.Measures? {
        // For each user who is tested, a place for each fold.
        var places: [Int: Int] = [:]
        var sums: [Sums] = []
        for (fold, users) in members.enumerated() {
            for user in users where folds[fold][user].ratings > 0 {
                let place = places[user] ?? places.count
                if place == places.count {
                    places[user] = place
                    sums += [Sums](repeating: Sums(), count: folds.count)
                }
                sums[place * folds.count + fold] = folds[fold][user]
            }
        }
        guard !places.isEmpty else { return nil }
        func means(_ users: some Sequence<Int>) -> [Double] {
            var totals = [Sums](repeating: Sums(), count: folds.count)
            for user in users {
                for fold in folds.indices { totals[fold] += sums[user * folds.count + fold] }
            }
            return [Self.mean(totals.map(\.rmse)), Self.mean(totals.map(\.mae)), Self.mean(totals.map(\.fcp))]
        }
        let numbers = means(0..<places.count)
        let intervals = Interval.resampling(userCount: places.count, numberCount: 3, seed: seed, on: machine) { means($0) }
        guard let rmse = intervals[0], let mae = intervals[1] else { return nil }
        return EvaluationReport.Measures(
            users: places.count, ratings: Int(sums.reduce(0) { $0 + $1.ratings }), rmse: numbers[0], mae: numbers[1],
            fcp: numbers[2].isNaN ? nil : numbers[2], intervals: .init(rmse: rmse, mae: mae, fcp: intervals[2]))
    }

    /// The mean of the folds that have a number.
    private static func mean(_ numbers: [Double]) -> Double {
        let known = numbers.filter { !$0.isNaN }
        return known.reduce(0, +) / Double(known.count)
    }
}
