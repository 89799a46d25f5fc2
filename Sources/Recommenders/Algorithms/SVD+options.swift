extension SVD {
    public mutating func set(_ option: String, to value: String) throws(RecommenderError) {
        switch option {
        case "n_factors": factors = try Self.parse(option, value, Int.init)
        case "n_epochs": epochs = try Self.parse(option, value, Int.init)
        case "lr_all": learningRate = try Self.parse(option, value, Self.number)
        case "reg_all": regularization = try Self.parse(option, value, Self.number)
        case "init_mean": initialMean = try Self.parse(option, value, Self.number)
        case "init_std_dev": initialDeviation = try Self.parse(option, value, Self.number)
        case "random_state": seed = try Self.parse(option, value) { UInt64($0) }
        case "biased":
            biased = try Self.parse(option, value) { ["true": true, "false": false][$0.lowercased()] }
        default:
            throw RecommenderError(
                .invalidOption, "svd has no option '\(option)'",
                hint: "Its options are: n_factors, n_epochs, biased, init_mean, init_std_dev, lr_all, reg_all, random_state.")
        }
        try validate()
    }

    /// Checks that all options are in range; `fit` and `set` do so too.
    ///
    /// - Throws: `.invalidOption` for the first that is not.
    public func validate() throws(RecommenderError) {
        try Self.check("n_factors", factors, within: 1...Self.factorLimit)
        // The upper limits below are arbitrary: far beyond what is of use, and small enough to keep all arithmetic finite.
        try Self.check("n_epochs", epochs, within: 0...1_000_000)
        try Self.check("lr_all", learningRate, within: 0...1)
        try Self.check("reg_all", regularization, within: 0...1000)
        try Self.check("init_mean", initialMean, within: -1000...1000)
        try Self.check("init_std_dev", initialDeviation, within: 0...1000)
    }

    private static func check<Number: Comparable>(
        _ option: String, _ value: Number, within range: ClosedRange<Number>
    ) throws(RecommenderError) {
        guard range.contains(value) else {
            throw RecommenderError(
                .invalidOption, "\(value) is out of range for \(option)",
                hint: "Give a number from \(range.lowerBound) to \(range.upperBound).")
        }
    }

    private static func parse<Value>(_ option: String, _ text: String, _ read: (String) -> Value?) throws(RecommenderError) -> Value {
        guard let value = read(text) else {
            throw RecommenderError(
                .invalidOption, "'\(text)' is not a value for \(option)", hint: "Give for example \(option)=\(example(option)).")
        }
        return value
    }

    private static func number(_ text: String) -> Double? {
        DecimalNumber.parse(text.utf8.span)
    }

    /// A value that an option can have: its default.
    private static func example(_ option: String) -> String {
        let defaults = SVD()
        switch option {
        case "n_factors": return "\(defaults.factors)"
        case "n_epochs": return "\(defaults.epochs)"
        case "lr_all": return "\(defaults.learningRate)"
        case "reg_all": return "\(defaults.regularization)"
        case "init_mean": return "\(defaults.initialMean)"
        case "init_std_dev": return "\(defaults.initialDeviation)"
        case "biased": return "\(defaults.biased)"
        default: return "\(defaults.seed)"
        }
    }
}
