/// The algorithms that there are, by name.
public enum Algorithms {
    /// The names, in alphabetical order.
    public static let names = [SVD.name]

    /// Makes an algorithm with its default options.
    ///
    /// - Parameters:
    ///   - name: One of `names`.
    ///   - seed: Where its random numbers start, if it uses any.
    /// - Throws: `.invalidOption` when there is no such algorithm.
    public static func named(_ name: String, seed: UInt64 = 0) throws(RecommenderError) -> any Algorithm {
        switch name {
        case SVD.name: return SVD(seed: seed)
        default:
            throw RecommenderError(
                .invalidOption, "There is no algorithm '\(name)'", hint: "The algorithms are: \(names.joined(separator: ", ")).")
        }
    }
}
