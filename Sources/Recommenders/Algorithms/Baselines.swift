internal import CKernels

/// Biases of users and items, fitted alone: how to, as options, as `BaselineOnly` and the neighbourhood algorithms have them.
struct Baselines: Hashable, Sendable {
    enum Method: String, CaseIterable, Sendable {
        /// Alternating least squares: the items' biases from the users', then the users' from the items'.
        case als
        /// Stochastic gradient descent, user by user in the training set's order.
        case sgd
    }

    /// Surprise's `bsl_options["method"]`.
    var method = Method.als
    /// Passes over the ratings; where it is not set, 10 for `als` and 20 for `sgd`. Surprise's `n_epochs`.
    var epochs: Int?
    /// Shrinks users' biases, with `als`: as many ratings of 0 beside the mean. Surprise's `reg_u`.
    var userRegularization = 15.0
    /// Shrinks items' biases, with `als`. Surprise's `reg_i`.
    var itemRegularization = 10.0
    /// Weight of the penalty on large biases, with `sgd`. Surprise's `reg`.
    var regularization = 0.02
    /// Step size, with `sgd`. Surprise's `learning_rate`.
    var learningRate = 0.005

    static let options: [AlgorithmOption<Baselines>] = [
        .choice("method", \.method), .override("n_epochs", \.epochs, 0...1_000_000), .number("reg_u", \.userRegularization, 0...1e6),
        .number("reg_i", \.itemRegularization, 0...1e6), .number("reg", \.regularization, FactorRates.regularizationRange),
        .number("learning_rate", \.learningRate, FactorRates.learningRange),
    ]

    /// The biases, one for each inner user and item.
    ///
    /// - Parameters:
    ///   - trainset: The ratings.
    ///   - byItem: They again, by item, which `als` needs.
    ///   - machine: What to compute with.
    /// - Throws: `.diverged` when a bias is not within ±2⁴⁰.
    func fit(
        _ trainset: Trainset, byItem: @autoclosure () -> Groups, on machine: Machine
    ) throws(RecommenderError) -> (users: [Double], items: [Double]) {
        let biases =
            switch method {
            case .als: alternate(trainset, byItem: byItem(), on: machine)
            case .sgd: descend(trainset)
            }
        for side in [biases.users, biases.items] {
            // NaN fails the comparison.
            guard side.allSatisfy({ $0.magnitude <= 0x1p40 }) else { throw .ranAway }
        }
        return biases
    }

    private func alternate(_ trainset: Trainset, byItem: Groups, on machine: Machine) -> (users: [Double], items: [Double]) {
        let (byUser, mean) = (trainset.byUser, trainset.mean)
        var users = [Double](repeating: 0, count: trainset.userCount)
        var items = [Double](repeating: 0, count: trainset.itemCount)
        let userSums = byUser.sums(from: mean)
        let itemSums = byItem.sums(from: mean)
        for _ in 0..<(epochs ?? 10) {
            Self.update(&items, of: byItem, sums: itemSums, from: users, zeros: itemRegularization, on: machine)
            Self.update(&users, of: byUser, sums: userSums, from: items, zeros: userRegularization, on: machine)
        }
        return (users, items)
    }

    private static func update(
        _ biases: inout [Double], of groups: Groups, sums: [Double], from others: [Double], zeros: Double, on machine: Machine
    ) {
        biases.withUnsafeMutableBufferPointer { biases in
            // There is at least one user, and one item.
            guard let biases = biases.baseAddress else { return }
            // Few groups are not worth a second thread.
            machine.forEach(groups.count, chunk: 4096) { chunk in
                machine.kernels.biases(
                    groups.starts.start, groups.others.start, sums, others, zeros, chunk.lowerBound, chunk.upperBound, biases)
            }
        }
    }

    private func descend(_ trainset: Trainset) -> (users: [Double], items: [Double]) {
        var users = [Double](repeating: 0, count: trainset.userCount)
        var items = [Double](repeating: 0, count: trainset.itemCount)
        for _ in 0..<(epochs ?? 20) {
            trainset.byUser.forEachGroup { user, rated, values in
                for (item, value) in zip(rated, values) {
                    let item = Int(item)
                    let error = value - (trainset.mean + users[user] + items[item])
                    users[user] += learningRate * (error - regularization * users[user])
                    items[item] += learningRate * (error - regularization * items[item])
                }
            }
        }
        return (users, items)
    }
}
