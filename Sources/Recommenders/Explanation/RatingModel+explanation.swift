extension RatingModel {
    /// Takes the estimate of the rating that a user would give an item apart. Users and items need not be known.
    public func explanation(user: String, item: String) -> Explanation {
        let (userNumber, itemNumber) = (users.number(of: user.utf8.span), items.number(of: item.utf8.span))
        var parts: [PartOfSum]
        var fallback: String?
        switch estimator.parts(user: userNumber, item: itemNumber) {
        case .sum(let found): parts = found
        case .nothing(let reason): (parts, fallback) = ([.mean(mean)], reason)
        }
        return Explanation(
            algorithm: type(of: algorithm).name, user: user, item: item, knowsUser: userNumber != nil, knowsItem: itemNumber != nil,
            parts: parts.map { Explanation.Part($0, users: users, items: items) }, fallback: fallback,
            sum: parts.reduce(0) { $0 + $1.value }, scale: [scale.lower, scale.upper],
            estimate: estimate(userNumber, itemNumber, time: nil))
    }
}
