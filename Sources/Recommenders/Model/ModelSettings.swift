/// The section `settings` of a model file: how the model was trained, and its sizes, as text.
///
/// Lines of words separated by spaces, in this order, each ending with LF; then a line `set option value` for each option of the algorithm.
/// Models that rank items have no lines `mean` and `scale`:
///
/// ```
/// algorithm svd
/// arithmetic 2
/// isa avx512
/// users 943
/// items 1682
/// ratings 100000
/// mean 3.52986
/// scale 1.0 5.0
/// set n_factors 100
/// ```
///
/// `arithmetic` is the version of the computation and `isa` the instruction set that trained: equal input, settings, arithmetic and
/// instruction set give equal bytes, at any number of threads. Numbers are the shortest decimals that read back as the same doubles.
struct ModelSettings {
    static let arithmetic = 2

    var algorithm: any Configurable
    var instructionSet: String
    var userCount: Int
    var itemCount: Int
    var ratingCount: Int
    /// What only models that estimate ratings have.
    var estimates: Estimates?

    /// What estimates begin with, and are kept within.
    struct Estimates {
        var mean: Double
        var scale: RatingScale
    }

    init(
        algorithm: any Configurable, instructionSet: String, userCount: Int, itemCount: Int, ratingCount: Int, estimates: Estimates?
    ) {
        self.algorithm = algorithm
        self.instructionSet = instructionSet
        self.userCount = userCount
        self.itemCount = itemCount
        self.ratingCount = ratingCount
        self.estimates = estimates
    }

    /// Reads the section.
    ///
    /// - Throws: `.corruptModel` when it is not as above or a number is out of range, `.unsupportedModel` for another arithmetic or an
    ///   algorithm that this program does not have.
    init(_ bytes: Column<UInt8>) throws(RecommenderError) {
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)[...]
        func words(_ name: String, _ count: Int) throws(RecommenderError) -> [String] {
            let words = lines.popFirst()?.split(separator: " ", omittingEmptySubsequences: false).map(String.init) ?? []
            guard words.first == name, words.count == count + 1 else { throw .corruptModel("its settings have no \(name)") }
            return Array(words.dropFirst())
        }
        func integer(_ name: String) throws(RecommenderError) -> Int {
            guard let number = Int(try words(name, 1)[0]) else { throw .corruptModel("its \(name) is not a number") }
            return number
        }
        func number(_ text: String) throws(RecommenderError) -> Double {
            guard let number = DecimalNumber.parse(text.utf8.span) else { throw .corruptModel("'\(text)' in its settings is not a number") }
            return number
        }
        let name = try words("algorithm", 1)[0]
        let arithmetic = try integer("arithmetic")
        guard arithmetic == Self.arithmetic else {
            throw RecommenderError(
                .unsupportedModel, "The model was made with arithmetic \(arithmetic), and this program knows \(Self.arithmetic)",
                hint: "Train the model again with this version, or use the program that wrote it.")
        }
        instructionSet = try words("isa", 1)[0]
        userCount = try integer("users")
        itemCount = try integer("items")
        ratingCount = try integer("ratings")
        let range = 1...IdentifierTable.limit
        guard range.contains(userCount), range.contains(itemCount), range.contains(ratingCount)
        else { throw .corruptModel("its sizes are out of range") }
        var algorithm: any Configurable
        if RankingAlgorithms.names.contains(name) {
            algorithm = try RankingAlgorithms.named(name)
        } else {
            do {
                algorithm = try Algorithms.named(name)
            } catch {
                throw RecommenderError(.unsupportedModel, error.message, hint: "Use the version of the program that wrote the model.")
            }
            let mean = try number(try words("mean", 1)[0])
            guard mean.magnitude <= RatingsReader.ratingLimit else { throw .corruptModel("its mean is out of range") }
            let ends = try words("scale", 2)
            let (lower, upper) = (try number(ends[0]), try number(ends[1]))
            do {
                estimates = Estimates(mean: mean, scale: try RatingScale(lower: lower, upper: upper))
            } catch {
                throw .corruptModel("its settings are out of range (\(error.message))")
            }
        }
        do {
            while lines.count > 1 {
                let option = try words("set", 2)
                try algorithm.set(option[0], to: option[1])
            }
        } catch {
            throw .corruptModel("its settings are out of range (\(error.message))")
        }
        guard lines.first == "" else { throw .corruptModel("its settings are cut off") }
        self.algorithm = algorithm
    }

    /// The users and the items of the model.
    ///
    /// - Throws: `.corruptModel` when they are not there, or are verified and not in order.
    func identifiers(
        in file: SectionFile, verifying: Bool
    ) throws(RecommenderError) -> (users: IdentifierIndex, items: IdentifierIndex) {
        let users = try IdentifierIndex(file, prefix: "user", count: userCount)
        let items = try IdentifierIndex(file, prefix: "item", count: itemCount)
        if verifying {
            try users.verify()
            try items.verify()
        }
        return (users, items)
    }

    /// The section's bytes.
    func encoded() -> Column<UInt8> {
        var text = """
            algorithm \(type(of: algorithm).name)
            arithmetic \(Self.arithmetic)
            isa \(instructionSet)
            users \(userCount)
            items \(itemCount)
            ratings \(ratingCount)

            """
        if let estimates { text += "mean \(estimates.mean)\nscale \(estimates.scale.lower) \(estimates.scale.upper)\n" }
        for (name, value) in algorithm.settings { text += "set \(name) \(value)\n" }
        return Column(copying: Array(text.utf8))
    }
}
