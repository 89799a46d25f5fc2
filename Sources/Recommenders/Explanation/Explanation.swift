/// What a model says of a user and an item, taken apart: an estimate, or the score that it ranks by.
///
/// The parts add up, in their order, to `sum`, bit for bit; that, kept on the scale, is the estimate. The contributions of a part's terms
/// add up to the part's value within rounding: their number times 2⁻⁵¹ of the sum of their magnitudes, and 2⁻²² of scores, which are computed
/// in single precision.
public struct Explanation: Encodable, Hashable, Sendable {
    /// A part of the sum; see `PartOfSum`.
    public struct Part: Encodable, Hashable, Sendable {
        public var name: String
        public var meaning: String
        public var value: Double
        /// What it is itself the sum of, what matters most first; `nil` where it is none.
        public var terms: [Term]?

        init(_ part: PartOfSum, users: IdentifierIndex, items: IdentifierIndex) {
            name = part.name
            meaning = part.meaning
            value = part.value
            terms = part.terms.isEmpty ? nil : part.terms.map { Term($0, users: users, items: items) }
        }
    }

    /// What a part is the sum of; see `PartOfSum.Term`.
    public struct Term: Encodable, Hashable, Sendable {
        /// The user, where it is one.
        public var user: String?
        /// The item, where it is one.
        public var item: String?
        public var similarity: Double?
        public var rating: Double?
        public var deviation: Double?
        public var weight: Double?
        public var contribution: Double

        fileprivate init(_ term: PartOfSum.Term, users: IdentifierIndex, items: IdentifierIndex) {
            switch term.entity {
            case .user(let number): user = users[number]
            case .item(let number): item = items[number]
            }
            similarity = term.similarity
            rating = term.rating
            deviation = term.deviation
            weight = term.weight
            contribution = term.contribution
        }
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
    /// Why something that is the same for all stands in, as half a sentence; `nil` where nothing does.
    public var fallback: String?
    /// The score that the model ranks by, or the estimate before it is kept on the scale.
    public var sum: Double
    /// The least and the greatest estimate; `nil` where the model ranks.
    public var scale: [Double]?
    /// What `RatingModel.estimate` gives; `nil` where the model ranks.
    public var estimate: Double?
    /// Whether the user has the item from training, so that lists leave it out; `nil` where the model estimates, and does not know that.
    public var seen: Bool?

    enum CodingKeys: String, CodingKey {
        case algorithm, user, item, parts, fallback, sum, scale, estimate, seen
        case knowsUser = "knows_user"
        case knowsItem = "knows_item"
    }
}

extension Explanation {
    /// Takes apart what the model in a file says of a user and an item.
    ///
    /// - Throws: `.io`, `.corruptModel` or `.unsupportedModel` as `RatingModel.init(contentsOf:)`; `.invalidOption` when it ranks and does not
    ///   know the item, which then is in no list.
    public init(byModelAt path: String, user: String, item: String) throws(RecommenderError) {
        let isRanking = try SectionFile.open(path) { (file) throws(RecommenderError) in
            try ModelSettings(try file.content(of: "settings")).estimates == nil
        }
        self =
            isRanking
            ? try RankingModel(contentsOf: path).explanation(user: user, item: item)
            : try RatingModel(contentsOf: path).explanation(user: user, item: item)
    }
}
