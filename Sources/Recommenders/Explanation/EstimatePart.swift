/// A part of an estimate, by a model's inner numbers.
public struct EstimatePart: Hashable, Sendable {
    /// What it is, in a word for programs: `user_bias`. No two parts of an estimate have the same.
    public var name: String
    /// What it is, for people.
    public var meaning: String
    /// What it adds to the estimate.
    public var value: Double
    /// What it is the weighted sum of, what matters most first; empty where it is none.
    public var terms: [Term]

    public init(_ name: String, _ meaning: String, _ value: Double, terms: [Term] = []) {
        self.name = name
        self.meaning = meaning
        self.value = value
        self.terms = terms
    }

    /// What one neighbour, or one item that the user rated, has to do with an estimate.
    public struct Term: Hashable, Sendable {
        /// A user or an item, by its inner number.
        public enum Entity: Hashable, Sendable {
            case user(Int), item(Int)
        }

        /// Who it is.
        public var entity: Entity
        /// How alike it is to the one that the estimate is for; `nil` where that makes no difference.
        public var similarity: Double?
        /// The rating that it gave or got; `nil` where the model does not keep it.
        public var rating: Double?
        /// How far that is from what was to be expected, in the unit of the estimate.
        public var deviation: Double
        /// Its share in the part. The term adds `weight * deviation` to the part's value.
        public var weight: Double

        public init(_ entity: Entity, similarity: Double? = nil, rating: Double? = nil, deviation: Double, weight: Double) {
            self.entity = entity
            self.similarity = similarity
            self.rating = rating
            self.deviation = deviation
            self.weight = weight
        }
    }
}

/// What an estimate is made of.
public enum EstimateParts: Hashable, Sendable {
    /// Parts that add up, in their order, to the estimate.
    case sum([EstimatePart])
    /// There is no estimate, and this is why, as half a sentence.
    case nothing(because: String)

    /// There is none, since it takes both a user and an item that were trained on.
    static let unknown = nothing(because: "it takes a user and an item that the model knows")
}

// Parts that several algorithms have.
extension EstimatePart {
    static func mean(_ value: Double) -> EstimatePart { EstimatePart("mean", "mean of all ratings", value) }
    static func userBias(_ value: Double) -> EstimatePart { EstimatePart("user_bias", "the user's bias", value) }
    static func itemBias(_ value: Double) -> EstimatePart { EstimatePart("item_bias", "the item's bias", value) }
}
