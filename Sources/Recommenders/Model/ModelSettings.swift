/// The section `settings` of a model file: how the model was trained, and its sizes.
///
/// | Offset | Type | Meaning |
/// | --- | --- | --- |
/// | 0 | u32 | version of the arithmetic: 1. Equal input, settings and arithmetic give equal bytes, on every machine |
/// | 4 | u32 | 1 with biases, 0 without |
/// | 8 | u64 | factors, 1 to 65,536 |
/// | 16 | u64 | epochs |
/// | 24 | u64 | seed |
/// | 32 | u64 | users, 1 to 2³¹-1 |
/// | 40 | u64 | items, 1 to 2³¹-1 |
/// | 48 | u64 | ratings, at least 1 |
/// | 56 | f64 | learning rate |
/// | 64 | f64 | regularisation |
/// | 72 | f64 | mean of the factors' first values |
/// | 80 | f64 | standard deviation of the factors' first values |
/// | 88 | f64 | mean of the ratings |
/// | 96 | f64 | least rating of the scale |
/// | 104 | f64 | greatest rating of the scale |
struct ModelSettings {
    static let size = 112
    private static let arithmetic: UInt32 = 1

    var algorithm: SVD
    var userCount: Int
    var itemCount: Int
    var ratingCount: Int
    var mean: Double
    var scale: RatingScale

    init(algorithm: SVD, userCount: Int, itemCount: Int, ratingCount: Int, mean: Double, scale: RatingScale) {
        self.algorithm = algorithm
        self.userCount = userCount
        self.itemCount = itemCount
        self.ratingCount = ratingCount
        self.mean = mean
        self.scale = scale
    }

    /// Reads the section.
    ///
    /// - Parameter bytes: `size` bytes.
    /// - Throws: `.corruptModel` when a number is out of range, `.unsupportedModel` for another arithmetic.
    init(_ bytes: ArraySlice<UInt8>) throws(RecommenderError) {
        let small = LittleEndian.numbers(bytes.prefix(8), as: UInt32.self)
        let numbers = LittleEndian.numbers(bytes.dropFirst(8), as: UInt64.self)
        guard small[0] == Self.arithmetic else {
            throw RecommenderError(
                .unsupportedModel, "The model was made with arithmetic \(small[0]), which this program does not know",
                hint: "Use the version of the program that wrote it.")
        }
        guard small[1] <= 1 else { throw .corruptModel("its flags are unknown") }
        let countLimit = UInt64(IdentifierTable.limit)
        guard numbers[0] <= UInt64(SVD.factorLimit), let epochs = Int(exactly: numbers[1]), (1...countLimit).contains(numbers[3]),
            (1...countLimit).contains(numbers[4]), let ratingCount = Int(exactly: numbers[5]), ratingCount > 0
        else { throw .corruptModel("its sizes are out of range") }
        let reals = numbers[6...].map(Double.init(bitPattern:))

        algorithm = SVD(seed: numbers[2])
        algorithm.factors = Int(numbers[0])
        algorithm.epochs = epochs
        algorithm.biased = small[1] == 1
        algorithm.learningRate = reals[0]
        algorithm.regularization = reals[1]
        algorithm.initialMean = reals[2]
        algorithm.initialDeviation = reals[3]
        userCount = Int(numbers[3])
        itemCount = Int(numbers[4])
        self.ratingCount = ratingCount
        mean = reals[4]
        do {
            try algorithm.validate()
            scale = try RatingScale(lower: reals[5], upper: reals[6])
        } catch {
            throw .corruptModel("its settings are out of range (\(error.message))")
        }
    }

    /// The section's bytes.
    func encoded() -> [UInt8] {
        let words: [UInt64] = [
            UInt64(algorithm.factors), UInt64(algorithm.epochs), algorithm.seed, UInt64(userCount), UInt64(itemCount), UInt64(ratingCount),
        ]
        let reals = [
            algorithm.learningRate, algorithm.regularization, algorithm.initialMean, algorithm.initialDeviation, mean, scale.lower,
            scale.upper,
        ]
        return LittleEndian.bytes([Self.arithmetic, algorithm.biased ? 1 : 0]) + LittleEndian.bytes(words)
            + LittleEndian.bytes(reals.map(\.bitPattern))
    }
}
