/// An algorithm, its options and its seed, as they stand in a JSON file:
///
///     { "algorithm": "svd", "options": { "n_factors": 50, "lr_all": 0.01 }, "seed": 0 }
///
/// Options that are not named have their defaults; so has the seed, 0.
public struct Parameters: Codable, Hashable, Sendable {
    /// The algorithm's name.
    public var algorithm: String
    /// The options that are set, as text.
    public var options: [String: String]
    /// Where random numbers start.
    public var seed: UInt64

    /// Names an algorithm and what is set.
    public init(algorithm: String, options: [String: String] = [:], seed: UInt64 = 0) {
        self.algorithm = algorithm
        self.options = options
        self.seed = seed
    }

    /// Reads a file.
    ///
    /// - Throws: `.io` when it cannot be read, `.invalidInput`, naming the file, when it holds something else.
    public init(contentsOf path: String) throws(RecommenderError) {
        self = try JSONFile.read(
            path, as: "a file of parameters", hint: #"Write for example { "algorithm": "svd", "options": { "n_factors": 50 }, "seed": 0 }."#
        )
    }

    /// Sixteen hexadecimal digits that tell these from other parameters.
    ///
    /// - Throws: `.io` when they cannot be encoded.
    public func hash() throws(RecommenderError) -> String {
        let hash = try JSONFile.bytes(of: self).withUnsafeBytes(XXHash64.hash)
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The algorithm with its options set.
    ///
    /// - Throws: `.invalidOption` when there is no such algorithm that estimates ratings, or no such option, or a value is not one for it.
    public func configured() throws(RecommenderError) -> any Algorithm {
        var configured = try Algorithms.named(algorithm, seed: seed)
        for (option, value) in options.sorted(by: { $0.key < $1.key }) { try configured.set(option, to: value) }
        return configured
    }

    /// The algorithm with its options set if it ranks items, else `nil`.
    ///
    /// - Throws: `.invalidOption` when there is no such option, or a value is not one for it.
    public func ranking() throws(RecommenderError) -> (any RankingAlgorithm)? {
        guard RankingAlgorithms.names.contains(algorithm) else { return nil }
        var configured = try RankingAlgorithms.named(algorithm, seed: seed)
        for (option, value) in options.sorted(by: { $0.key < $1.key }) { try configured.set(option, to: value) }
        return configured
    }

    /// The names that there are, of algorithms of either kind, in alphabetical order.
    public static var algorithms: [String] {
        (Algorithms.known.map { $0.name } + RankingAlgorithms.names).sorted()
    }

    /// Checks that there is such an algorithm, of either kind, with such options.
    ///
    /// - Throws: `.invalidOption` otherwise.
    public func check() throws(RecommenderError) {
        guard Self.algorithms.contains(algorithm) else {
            throw RecommenderError(
                .invalidOption, "There is no algorithm '\(algorithm)'",
                hint: nearestNameHint(for: algorithm, among: Self.algorithms, what: "The algorithms"))
        }
        if try ranking() == nil { _ = try configured() }
    }
}

extension Parameters: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable { case algorithm, options, seed }

    public init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        algorithm = try fields.decode(String.self, forKey: .algorithm)
        options = try fields.decodeIfPresent([String: OptionText].self, forKey: .options)?.mapValues(\.text) ?? [:]
        seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0
    }
}

/// An option's value: a text, a number or a truth value in JSON.
struct OptionText: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        // JSON has no type that is all three; what is none of them is refused by the last.
        if let truth = try? value.decode(Bool.self) {
            text = "\(truth)"
        } else if let number = try? value.decode(Double.self) {
            text = RatingsFile.decimal(number)
        } else {
            text = try value.decode(String.self)
        }
    }
}
