#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which parameters to try, as it stands in a JSON file:
///
///     { "algorithm": "svd", "options": { "n_factors": [20, 50, 100], "reg_all": { "from": 0.01, "to": 0.1, "scale": "log" } }, "random": 20 }
///
/// An option has a list of values, or a range of numbers. Without `random`, all combinations of lists are tried; with it, so many are drawn.
public struct SearchSpace: Sendable {
    /// The values of an option.
    enum Values: Sendable {
        case list([String])
        /// Numbers from one to another, drawn evenly, or with `isLogarithmic` evenly by their logarithms.
        case range(from: Double, to: Double, isLogarithmic: Bool, isWhole: Bool)
    }

    let algorithm: String
    /// By the options' names.
    let options: [(name: String, values: Values)]
    let seed: UInt64
    /// How many to draw; `nil` for all combinations.
    let drawCount: Int?

    /// The most candidates of a space.
    static let candidateLimit = 10_000

    /// Reads a file.
    ///
    /// - Throws: `.io` when it cannot be read, `.invalidInput`, naming the file, when it is no search space.
    public init(contentsOf path: String) throws(RecommenderError) {
        self = try JSONFile.read(path, as: "a search space", hint: "docs/tuning.md describes search spaces.")
    }

    /// The parameters to try, none twice. The same space gives the same ones.
    ///
    /// - Throws: `.invalidOption` when there is no such algorithm or option, a value is none for it, or there are too many combinations.
    public func candidates() throws(RecommenderError) -> [Parameters] {
        var seen: Set<Parameters> = []
        let all = if let drawCount { draw(drawCount) } else { try combine() }
        let found = all.filter { seen.insert($0).inserted }
        for parameters in found { try parameters.check() }
        return found
    }

    private func combine() throws(RecommenderError) -> [Parameters] {
        var found = [Parameters(algorithm: algorithm, seed: seed)]
        for (name, values) in options {
            guard case .list(let texts) = values else {
                throw RecommenderError(
                    .invalidOption, "The values of '\(name)' are a range, of which there are no combinations",
                    hint: "List its values, or say with 'random' how many candidates to draw.")
            }
            guard found.count * texts.count <= Self.candidateLimit else {
                throw RecommenderError(
                    .invalidOption, "There are more than \(Self.candidateLimit) combinations of the options of '\(algorithm)'",
                    hint: "List fewer values, or say with 'random' how many candidates to draw.")
            }
            found = found.flatMap { parameters in
                texts.map { text in
                    var parameters = parameters
                    parameters.options[name] = text
                    return parameters
                }
            }
        }
        return found
    }

    private func draw(_ count: Int) -> [Parameters] {
        var random = SplitMix(seed: seed)
        return (0..<count).map { _ in
            var parameters = Parameters(algorithm: algorithm, seed: seed)
            for (name, values) in options { parameters.options[name] = Self.draw(values, &random) }
            return parameters
        }
    }

    private static func draw(_ values: Values, _ random: inout SplitMix) -> String {
        let unit = random.nextUnit()
        switch values {
        case .list(let texts): return texts[Int(unit * Double(texts.count))]
        case .range(let from, let to, let isLogarithmic, let isWhole):
            let number = isLogarithmic ? from * pow(to / from, unit) : from + (to - from) * unit
            if isWhole { return "\(Int(number.rounded()))" }
            // Three digits tell candidates apart, and people can read them.
            let scale = pow(10, 2 - floor(log10(max(abs(number), 1e-300))))
            return RatingsFile.decimal((number * scale).rounded() / scale)
        }
    }
}

extension SearchSpace: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable { case algorithm, options, seed, random }

    public init(from decoder: any Decoder) throws {
        let fields = try Self.fields(of: decoder)
        algorithm = try fields.decode(String.self, forKey: .algorithm)
        options = try fields.decode([String: Values].self, forKey: .options).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0
        drawCount = try fields.decodeIfPresent(Int.self, forKey: .random)
        guard drawCount.map({ (1...Self.candidateLimit).contains($0) }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .random, in: fields, debugDescription: "a number from 1 to \(Self.candidateLimit) can be drawn")
        }
    }
}

extension SearchSpace.Values: Strict {
    enum CodingKeys: String, CodingKey, CaseIterable { case from, to, scale, whole }

    private enum Scale: String, Decodable { case linear, log }

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var texts: [String] = []
            while !list.isAtEnd { texts.append(try list.decode(OptionText.self).text) }
            guard !texts.isEmpty else {
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "the list has no value"))
            }
            self = .list(texts)
            return
        }
        let fields = try Self.fields(of: decoder)
        let from = try fields.decode(Double.self, forKey: .from)
        let to = try fields.decode(Double.self, forKey: .to)
        let isLogarithmic = try fields.decodeIfPresent(Scale.self, forKey: .scale) == .log
        guard from < to, from > 0 || !isLogarithmic, abs(from) <= 1e9, abs(to) <= 1e9 else {
            throw DecodingError.dataCorruptedError(
                forKey: .from, in: fields, debugDescription: "a range goes up, and on a logarithmic scale from more than 0")
        }
        self = .range(
            from: from, to: to, isLogarithmic: isLogarithmic, isWhole: try fields.decodeIfPresent(Bool.self, forKey: .whole) ?? false)
    }
}
