extension RatingModel {
    /// Kind of content in the file's header.
    private static let kind: UInt32 = 1

    /// Reads a model from the bytes of a model file.
    ///
    /// The bytes need not be trusted: whatever they are, this gives a model that estimates finite numbers on its scale, or throws.
    ///
    /// The file is a `SectionFile` of kind 1 with these sections; those of identifiers are described at `IdentifierIndex`:
    ///
    /// | Section | Content |
    /// | --- | --- |
    /// | `settings` | see `ModelSettings` |
    /// | `user.ids`, `user.off`, `user.ord` | the users |
    /// | `item.ids`, `item.off`, `item.ord` | the items |
    /// | `user.bia`, `item.bia` | f32, one for each user or item: biases |
    /// | `user.fac`, `item.fac` | f32, row-major, a row for each user or item: factors, filled up with zeros to a multiple of 16 |
    ///
    /// - Throws: `.corruptModel` when the bytes are no model, `.unsupportedModel` when they are one of another version.
    public init(decoding bytes: [UInt8]) throws(RecommenderError) {
        let file = try SectionFile(bytes)
        guard file.kind == Self.kind else {
            throw RecommenderError(
                .unsupportedModel, "The model is of kind \(file.kind), which this program does not know",
                hint: "Use the version of the program that wrote it.")
        }
        let settings = try ModelSettings(try file.section("settings", count: ModelSettings.size, of: 1))
        let stride = SVD.stride(of: settings.algorithm.factors)
        // Both counts are at most Int32.max and a stride at most 65,536, so the products cannot overflow.
        let estimator = SVDEstimator(
            factors: settings.algorithm.factors, mean: settings.mean, biased: settings.algorithm.biased,
            userBiases: LittleEndian.floats(try file.section("user.bia", count: settings.userCount, of: 4)),
            itemBiases: LittleEndian.floats(try file.section("item.bia", count: settings.itemCount, of: 4)),
            userFactors: LittleEndian.floats(try file.section("user.fac", count: settings.userCount * stride, of: 4)),
            itemFactors: LittleEndian.floats(try file.section("item.fac", count: settings.itemCount * stride, of: 4)))
        guard estimator.isSane else { throw .corruptModel("its parameters are not usable numbers") }
        self.init(
            algorithm: settings.algorithm, ratingCount: settings.ratingCount, scale: settings.scale, estimator: estimator,
            users: try IdentifierIndex(file, prefix: "user", count: settings.userCount),
            items: try IdentifierIndex(file, prefix: "item", count: settings.itemCount))
    }

    /// Reads a model file.
    ///
    /// - Throws: `.io` when it cannot be read, `.corruptModel` or `.unsupportedModel`, naming the file, when it is not a model of
    ///   this version.
    public init(contentsOf path: String) throws(RecommenderError) {
        let bytes = try WholeFile.bytes(of: path)
        do {
            try self.init(decoding: bytes)
        } catch {
            throw RecommenderError(error.code, "\(path): \(error.message)", hint: error.hint)
        }
    }

    /// The bytes of the model's file. Equal models have equal bytes.
    public func encoded() -> [UInt8] {
        let settings = ModelSettings(
            algorithm: algorithm, userCount: userCount, itemCount: itemCount, ratingCount: ratingCount, mean: estimator.mean, scale: scale)
        var sections: [(name: String, content: [UInt8])] = [("settings", settings.encoded())]
        sections += users.sections(prefix: "user") + items.sections(prefix: "item")
        sections += [
            ("user.bia", LittleEndian.bytes(estimator.userBiases)), ("item.bia", LittleEndian.bytes(estimator.itemBiases)),
            ("user.fac", LittleEndian.bytes(estimator.userFactors)), ("item.fac", LittleEndian.bytes(estimator.itemFactors)),
        ]
        return SectionFile.encode(kind: Self.kind, sections)
    }

    /// Writes the model's file, in place of what was there. Whoever reads sees the old file or the new one.
    ///
    /// - Throws: `.io` when it cannot be written.
    public func write(to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        try file.write(encoded())
        try file.finish()
    }
}
