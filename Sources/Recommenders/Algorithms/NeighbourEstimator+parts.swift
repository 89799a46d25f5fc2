extension NeighbourEstimator {
    public func parts(user: Int?, item: Int?) -> EstimateParts {
        let (own, other) = isUserBased ? (user, item) : (item, user)
        guard let own, let other else {
            guard normalization == .baseline else { return .unknown }
            return .sum([.mean(constant)] + biases(own: own, other: other))
        }
        let centre: [PartOfSum]
        switch normalization {
        case .none: centre = []
        case .mean, .zScore:
            centre = [
                isUserBased
                    ? PartOfSum("user_mean", "mean of the user's ratings", centres[own])
                    : PartOfSum("item_mean", "mean of the item's ratings", centres[own])
            ]
        case .baseline: centre = [.mean(constant)] + biases(own: own, other: other)
        }
        guard let found = nearest(own, other) else {
            let neighbours = isUserBased ? "users like this one who rated the item" : "items like this one that the user rated"
            let reason = "there are \(minimumNeighbours > 1 ? "fewer than \(minimumNeighbours)" : "no") \(neighbours)"
            return normalization == .none ? .nothing(because: reason) : .sum(centre + [PartOfSum("neighbours", reason, 0)])
        }
        let meaning = isUserBased ? "by users like this one who rated the item" : "by items like this one that the user rated"
        let terms = terms(own: own, other: other, weight: found.weight)
        return .sum(centre + [PartOfSum("neighbours", meaning, found.deviation, terms: terms)])
    }

    /// The baseline's biases of those that are known, in the order in which estimates add them.
    private func biases(own: Int?, other: Int?) -> [PartOfSum] {
        let (ownBias, otherBias) = (own.map { centres[$0] }, other.map { otherBiases[$0] })
        return isUserBased
            ? (ownBias.map { [.userBias($0)] } ?? []) + (otherBias.map { [.itemBias($0)] } ?? [])
            : (ownBias.map { [.itemBias($0)] } ?? []) + (otherBias.map { [.userBias($0)] } ?? [])
    }

    /// The neighbours that count, the nearest first.
    ///
    /// - Parameter weight: The sum of their similarities.
    private func terms(own: Int, other: Int, weight: Double) -> [PartOfSum.Term] {
        let row = similarities.extracting(own * centres.count..<(own + 1) * centres.count)
        let (raters, deviations) = ratings.group(other)
        let positive = raters.indices.filter { row[Int(raters[$0])] > 0 }
        let ordered = positive.sorted { (-row[Int(raters[$0])], $0) < (-row[Int(raters[$1])], $1) }
        return ordered.prefix(neighbours).map { position in
            let neighbour = Int(raters[position])
            return PartOfSum.Term(
                isUserBased ? .user(neighbour) : .item(neighbour), similarity: row[neighbour],
                rating: rating(deviations[position], of: neighbour, and: other), deviation: spreads[own] * deviations[position],
                weight: row[neighbour] / weight)
        }
    }

    /// A rating from its deviation: the number of few digits that deviates so, where there is one.
    private func rating(_ deviation: Double, of neighbour: Int, and other: Int) -> Double {
        let expected = constant + centres[neighbour] + otherBiases[other]
        let rating = expected + spreads[neighbour] * deviation
        let short = (rating * 1e6).rounded() / 1e6
        return (short - expected) / spreads[neighbour] == deviation ? short : rating
    }
}
