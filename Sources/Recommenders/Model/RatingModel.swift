/// A model that was trained and can estimate ratings, with all that it takes to train it again.
public struct RatingModel: Sendable {
    /// The algorithm's options and seed.
    public let algorithm: any Algorithm
    /// The instruction set that it was trained with.
    public let instructionSet: String
    /// How many ratings it was trained on.
    public let ratingCount: Int
    /// The scale that estimates are kept within.
    public let scale: RatingScale
    /// The mean of the ratings trained on.
    public let mean: Double
    /// What was learnt.
    public let estimator: any Estimator
    let users: IdentifierIndex
    let items: IdentifierIndex

    /// Trains a model. What is learnt depends on algorithm, ratings and scale alone; the model's file also names the instruction set, and
    /// has the same bytes each time for the same one.
    ///
    /// - Parameters:
    ///   - algorithm: Options and seed.
    ///   - dataset: The ratings; where a user rated an item several times, the last counts.
    ///   - scale: What estimates are kept within; by default from the least to the greatest rating that counts.
    ///   - previous: A model of the same algorithm whose parameters training starts from, which is then part of what the result depends on.
    ///   - machine: What to compute with.
    /// - Throws: `.noRatings` when there are none, `.invalidOption` when an option is out of range, or nothing can start from `previous`,
    ///   `.diverged` when training ran away.
    public init(
        training algorithm: any Algorithm, on dataset: Dataset, scale: RatingScale? = nil, from previous: RatingModel? = nil,
        machine: Machine = .whole
    ) throws(RecommenderError) {
        let trainset = try Trainset(dataset)
        let estimator: any Estimator =
            if let previous {
                try previous.refit(algorithm, on: trainset, of: dataset, machine: machine)
            } else {
                try algorithm.fit(trainset, on: machine)
            }
        self.init(
            algorithm: algorithm, instructionSet: machine.instructionSet, ratingCount: trainset.ratingCount, mean: trainset.mean,
            scale: scale ?? trainset.scale, estimator: estimator,
            users: IdentifierIndex(dataset.users, trainset.users), items: IdentifierIndex(dataset.items, trainset.itemNumbers))
    }

    /// Puts a model together from its parts; they must agree in their numbers of users and items.
    init(
        algorithm: any Algorithm, instructionSet: String, ratingCount: Int, mean: Double, scale: RatingScale, estimator: any Estimator,
        users: IdentifierIndex, items: IdentifierIndex
    ) {
        self.algorithm = algorithm
        self.instructionSet = instructionSet
        self.ratingCount = ratingCount
        self.mean = mean
        self.scale = scale
        self.estimator = estimator
        self.users = users
        self.items = items
    }

    /// How many users it knows.
    public var userCount: Int { users.count }
    /// How many items it knows.
    public var itemCount: Int { items.count }

    /// Estimates the rating that a user would give an item, on the model's scale. Users and items need not be known.
    public func estimate(user: String, item: String) -> Double {
        estimate(user: user.utf8.span, item: item.utf8.span)
    }

    /// Estimates the rating that a user would give an item, both given as UTF-8, at a time in seconds since 1970 if that is known.
    ///
    /// - Complexity: O(log users + log items + factors).
    public func estimate(user: Span<UInt8>, item: Span<UInt8>, time: Int64? = nil) -> Double {
        estimate(users.number(of: user), items.number(of: item), time: time)
    }

    /// Estimates by inner numbers, `nil` for who is not known.
    func estimate(_ user: Int?, _ item: Int?, time: Int64?) -> Double {
        scale.clip(estimator.estimate(user: user, item: item, time: time) ?? mean)
    }
}
