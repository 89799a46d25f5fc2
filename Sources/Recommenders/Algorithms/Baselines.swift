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
    func fit(_ trainset: Trainset) -> (users: [Double], items: [Double]) {
        switch method {
        case .als: alternate(trainset)
        case .sgd: descend(trainset)
        }
    }

    private func alternate(_ trainset: Trainset) -> (users: [Double], items: [Double]) {
        let byItem = trainset.byItem
        var users = [Double](repeating: 0, count: trainset.userCount)
        var items = [Double](repeating: 0, count: trainset.itemCount)
        for _ in 0..<(epochs ?? 10) {
            byItem.forEachGroup { item, raters, values in
                var deviation = 0.0
                for (user, value) in zip(raters, values) { deviation += value - trainset.mean - users[Int(user)] }
                items[item] = Self.shrunk(deviation, values.count, itemRegularization)
            }
            trainset.byUser.forEachGroup { user, rated, values in
                var deviation = 0.0
                for (item, value) in zip(rated, values) { deviation += value - trainset.mean - items[Int(item)] }
                users[user] = Self.shrunk(deviation, values.count, userRegularization)
            }
        }
        return (users, items)
    }

    private static func shrunk(_ deviation: Double, _ count: Int, _ regularization: Double) -> Double {
        deviation / (regularization + Double(count))
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
