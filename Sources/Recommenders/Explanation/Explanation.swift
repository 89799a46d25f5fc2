/// An estimate of a model, taken apart.
///
/// The parts add up, in their order, to `sum`, bit for bit; that, kept on the scale, is the estimate. The contributions of a part's terms
/// add up to the part's value within rounding: their number times 2⁻⁵¹ of the sum of their magnitudes.
public struct Explanation: Encodable, Hashable, Sendable {
    /// A part of the estimate; see `EstimatePart`.
    public struct Part: Encodable, Hashable, Sendable {
        public var name: String
        public var meaning: String
        public var value: Double
        /// What it is the weighted sum of, what matters most first; `nil` where it is none.
        public var terms: [Term]?
    }

    /// What a part is the weighted sum of; see `EstimatePart.Term`.
    public struct Term: Encodable, Hashable, Sendable {
        /// The user, where it is one.
        public var user: String?
        /// The item, where it is one.
        public var item: String?
        public var similarity: Double?
        public var rating: Double?
        public var deviation: Double
        public var weight: Double
        /// What it adds to the part's value: `weight * deviation`.
        public var contribution: Double
    }

    /// The algorithm's name.
    public var algorithm: String
    public var user: String
    public var item: String
    /// Whether the model knows the user.
    public var knowsUser: Bool
    /// Whether the model knows the item.
    public var knowsItem: Bool
    public var parts: [Part]
    /// Why the mean of all ratings stands in, as half a sentence; `nil` where it does not.
    public var fallback: String?
    /// The estimate before it is kept on the scale.
    public var sum: Double
    /// The least and the greatest estimate.
    public var scale: [Double]
    /// What `RatingModel.estimate` gives.
    public var estimate: Double

    enum CodingKeys: String, CodingKey {
        case algorithm, user, item, parts, fallback, sum, scale, estimate
        case knowsUser = "knows_user"
        case knowsItem = "knows_item"
    }
}

extension RatingModel {
    /// Takes the estimate of the rating that a user would give an item apart. Users and items need not be known.
    public func explanation(user: String, item: String) -> Explanation {
        let (userNumber, itemNumber) = (users.number(of: user.utf8.span), items.number(of: item.utf8.span))
        var parts: [EstimatePart]
        var fallback: String?
        switch estimator.parts(user: userNumber, item: itemNumber) {
        case .sum(let found): parts = found
        case .nothing(let reason): (parts, fallback) = ([.mean(mean)], reason)
        }
        return Explanation(
            algorithm: type(of: algorithm).name, user: user, item: item, knowsUser: userNumber != nil, knowsItem: itemNumber != nil,
            parts: parts.map(named), fallback: fallback, sum: parts.reduce(0) { $0 + $1.value }, scale: [scale.lower, scale.upper],
            estimate: estimate(userNumber, itemNumber, time: nil))
    }

    private func named(_ part: EstimatePart) -> Explanation.Part {
        let terms = part.terms.map { term in
            var named = Explanation.Term(
                similarity: term.similarity, rating: term.rating, deviation: term.deviation, weight: term.weight,
                contribution: term.weight * term.deviation)
            switch term.entity {
            case .user(let number): named.user = users[number]
            case .item(let number): named.item = items[number]
            }
            return named
        }
        return Explanation.Part(name: part.name, meaning: part.meaning, value: part.value, terms: terms.isEmpty ? nil : terms)
    }
}
