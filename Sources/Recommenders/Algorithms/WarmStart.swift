/// An algorithm that can go on from what it learnt before.
public protocol WarmStartingAlgorithm: Algorithm {
    /// Learns from ratings, beginning with what was learnt before; of who is new, as without.
    ///
    /// - Parameters:
    ///   - trainset: The ratings.
    ///   - start: Where to begin; from scratch without.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Throws: `.invalidOption` when an option is out of range or does not suit the start, `.diverged` when learning ran away.
    func fit(_ trainset: Trainset, from start: WarmStart<Fitted>?, on machine: Machine) throws(RecommenderError) -> Fitted
}

/// What was learnt before, and who was known then.
public struct WarmStart<Fitted: Estimator>: Sendable {
    /// What was learnt.
    public var fitted: Fitted
    /// For each inner user, the inner number that they had; `nil` for who is new.
    public var users: [Int?]
    /// For each inner item, the inner number that it had; `nil` for what is new.
    public var items: [Int?]
}

extension WarmStart<FactorEstimator> {
    /// Puts what was learnt in the place of first values.
    ///
    /// - Throws: `.invalidOption` when it has other numbers of factors, or biases where there shall be none.
    func copy(
        to userFactors: AlignedMemory<Float>, _ itemFactors: AlignedMemory<Float>, _ userBiases: AlignedMemory<Float>,
        _ itemBiases: AlignedMemory<Float>, factors: Int, biased: Bool
    ) throws(RecommenderError) {
        guard fitted.factors == factors, fitted.biased == biased else {
            throw RecommenderError(
                .invalidOption,
                """
                The model to start from has n_factors=\(fitted.factors) and biased=\(fitted.biased), \
                and n_factors=\(factors) and biased=\(biased) are asked for
                """, hint: "Train once without a model to start from.")
        }
        for (numbers, rows, old, biases, oldBiases) in [
            (users, userFactors, fitted.userFactors, userBiases, fitted.userBiases),
            (items, itemFactors, fitted.itemFactors, itemBiases, fitted.itemBiases),
        ] {
            for (number, previous) in numbers.enumerated() {
                guard let previous else { continue }
                let row = fitted.row(previous, of: old)
                (rows.start + number * row.count).update(from: row.start, count: row.count)
                biases.start[number] = oldBiases[previous]
            }
        }
    }
}

extension WarmStartingAlgorithm {
    /// Goes on from a model's estimator.
    ///
    /// - Throws: what fitting throws.
    fileprivate func refit(
        _ trainset: Trainset, from estimator: any Estimator, users: [Int?], items: [Int?], on machine: Machine
    ) throws(RecommenderError) -> (any Estimator)? {
        guard let fitted = estimator as? Fitted else { return nil }
        return try fit(trainset, from: WarmStart(fitted: fitted, users: users, items: items), on: machine)
    }
}

extension RatingModel {
    /// Trains an algorithm from where this model is.
    ///
    /// - Throws: `.invalidOption` when the algorithm cannot go on from this model.
    func refit(
        _ algorithm: any Algorithm, on trainset: Trainset, of dataset: Dataset, machine: Machine
    ) throws(RecommenderError) -> any Estimator {
        let name = type(of: algorithm).name
        guard let warm = algorithm as? any WarmStartingAlgorithm else {
            throw RecommenderError(
                .invalidOption, "\(name) cannot start from a model",
                hint:
                    "Train without one, or use \(Algorithms.all.filter { $0 is any WarmStartingAlgorithm.Type }.map { $0.name }.joined(separator: " or "))."
            )
        }
        let users = trainset.users.outer.map { number in dataset.users.withBytes(of: Int(number)) { self.users.number(of: $0) } }
        let items = trainset.itemNumbers.outer.map { number in dataset.items.withBytes(of: Int(number)) { self.items.number(of: $0) } }
        guard type(of: self.algorithm).name == name,
            let estimator = try warm.refit(trainset, from: estimator, users: users, items: items, on: machine)
        else {
            throw RecommenderError(
                .invalidOption, "\(name) cannot start from a model of \(type(of: self.algorithm).name)",
                hint: "Train once without a model to start from.")
        }
        return estimator
    }
}
