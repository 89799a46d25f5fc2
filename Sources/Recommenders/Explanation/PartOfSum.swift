/// A part of an estimate, or of the score that a ranker gives: parts add up to it. By a model's inner numbers.
public struct PartOfSum: Hashable, Sendable {
    /// What it is, in a word for programs: `user_bias`. No two parts of a sum have the same.
    public var name: String
    /// What it is, for people.
    public var meaning: String
    /// What it adds to the sum.
    public var value: Double
    /// What it is itself the sum of, what matters most first; empty where it is none.
    public var terms: [Term]

    public init(_ name: String, _ meaning: String, _ value: Double, terms: [Term] = []) {
        self.name = name
        self.meaning = meaning
        self.value = value
        self.terms = terms
    }

    /// What one neighbour, or one item that the user has, adds to a part.
    public struct Term: Hashable, Sendable {
        /// A user or an item, by its inner number.
        public enum Entity: Hashable, Sendable {
            case user(Int), item(Int)
        }

        /// Who it is.
        public var entity: Entity
        /// How alike it is to the one in question; `nil` where that makes no difference.
        public var similarity: Double?
        /// The rating that it gave or got; `nil` where the model does not keep it.
        public var rating: Double?
        /// How far that is from what was to be expected, in the unit of the estimate; `nil` where only who it is counts.
        public var deviation: Double?
        /// Its share in the part; `nil` likewise.
        public var weight: Double?
        /// What it adds to the part's value.
        public var contribution: Double

        /// A term of a weighted mean: adds `weight * deviation`.
        public init(_ entity: Entity, similarity: Double? = nil, rating: Double? = nil, deviation: Double, weight: Double) {
            self.init(entity, similarity: similarity, contribution: weight * deviation)
            self.rating = rating
            self.deviation = deviation
            self.weight = weight
        }

        public init(_ entity: Entity, similarity: Double? = nil, contribution: Double) {
            self.entity = entity
            self.similarity = similarity
            self.contribution = contribution
        }
    }
}

extension [PartOfSum.Term] {
    /// Those that add, or take, the most first; among equals in the order that they are in.
    var weightiestFirst: [PartOfSum.Term] {
        enumerated().sorted { (-$0.element.contribution.magnitude, $0.offset) < (-$1.element.contribution.magnitude, $1.offset) }
            .map(\.element)
    }
}

extension Float {
    /// The double that is spelt with as few digits as tell the number apart in single precision.
    var shortestDouble: Double { Double("\(self)") ?? Double(self) }
}

/// What an estimate is made of.
public enum EstimateParts: Hashable, Sendable {
    /// Parts that add up, in their order, to the estimate.
    case sum([PartOfSum])
    /// There is no estimate, and this is why, as half a sentence.
    case nothing(because: String)

    /// There is none, since it takes both a user and an item that were trained on.
    static let unknown = nothing(because: "it takes a user and an item that the model knows")
}

// Parts that several algorithms have.
extension PartOfSum {
    static func mean(_ value: Double) -> PartOfSum { PartOfSum("mean", "mean of all ratings", value) }
    static func userBias(_ value: Double) -> PartOfSum { PartOfSum("user_bias", "the user's bias", value) }
    static func users(_ count: Float) -> PartOfSum { PartOfSum("users", "how many users have the item", Double(count)) }
    static func itemBias(_ value: Double) -> PartOfSum { PartOfSum("item_bias", "the item's bias", value) }
}
