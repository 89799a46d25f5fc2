extension RatingModel {
    /// Reads a model from the bytes of a model file, in place.
    ///
    /// The bytes need not be trusted: whatever they are, this gives a model that estimates finite numbers on its scale, or throws.
    ///
    /// The file is a `SectionFile` with these sections:
    ///
    /// | Section | Content |
    /// | --- | --- |
    /// | `settings` | see `ModelSettings` |
    /// | `user.ids`, `user.off`, `user.ord` | the users, see `IdentifierIndex` |
    /// | `item.ids`, `item.off`, `item.ord` | the items |
    /// | others | what was learnt, see the algorithm's estimator |
    ///
    /// - Parameters:
    ///   - bytes: The file, at an address that is a multiple of eight.
    ///   - verifying: Whether to compare checksums, which takes reading it all; any change of the file is then noticed.
    /// - Throws: `.corruptModel` when the bytes are no model, `.unsupportedModel` when they are one of another version.
    init(decoding bytes: Column<UInt8>, verifying: Bool = true) throws(RecommenderError) {
        try self.init(SectionFile(bytes), verifying: verifying)
    }

    init(_ file: SectionFile, verifying: Bool) throws(RecommenderError) {
        if verifying { try file.verify() }
        let settings = try ModelSettings(try file.content(of: "settings"))
        guard let algorithm = settings.algorithm as? any Algorithm, let estimates = settings.estimates else {
            throw RecommenderError(
                .unsupportedModel, "It is a model of \(type(of: settings.algorithm).name), which ranks items and estimates no ratings",
                hint: "Ask it for lists with 'recommend top', or train one of: \(Algorithms.names.joined(separator: ", ")).")
        }
        let (users, items) = try settings.identifiers(in: file, verifying: verifying)
        self.init(
            algorithm: algorithm, instructionSet: settings.instructionSet, ratingCount: settings.ratingCount, mean: estimates.mean,
            scale: estimates.scale, estimator: try algorithm.read(SectionReader(file, settings, isVerifying: verifying)), users: users,
            items: items)
    }

    /// Opens a model file by mapping it into memory.
    ///
    /// - Parameters:
    ///   - path: The file. It must not be written to as long as the model is used; replacing it, as `write` does, is no harm.
    ///   - verifying: Whether to compare checksums first. Without, a model of any size opens in milliseconds, and damage that does
    ///     not make it unusable is not noticed.
    /// - Throws: `.io` when it cannot be read, `.corruptModel` or `.unsupportedModel`, naming the file, when it is not a model of
    ///   this version.
    public init(contentsOf path: String, verifying: Bool = true) throws(RecommenderError) {
        self = try SectionFile.open(path) { (file) throws(RecommenderError) in try RatingModel(file, verifying: verifying) }
    }

    /// Writes the model's file, in place of what was there. Whoever reads sees the old file or the new one. Equal models have equal bytes.
    ///
    /// - Throws: `.io` when it cannot be written.
    public func write(to path: String) throws(RecommenderError) {
        try SectionFile.write(sections, to: path)
    }

    /// What the file holds.
    var sections: [(name: String, content: Column<UInt8>)] {
        let settings = ModelSettings(
            algorithm: algorithm, instructionSet: instructionSet, userCount: userCount, itemCount: itemCount, ratingCount: ratingCount,
            estimates: .init(mean: mean, scale: scale))
        var sections = SectionWriter()
        sections.add("settings", settings.encoded())
        users.write(to: &sections, prefix: "user")
        items.write(to: &sections, prefix: "item")
        estimator.write(to: &sections)
        return sections.sections
    }
}

extension Algorithm {
    /// Reads what it learnt from a model file.
    fileprivate func read(_ sections: SectionReader) throws(RecommenderError) -> any Estimator {
        try Fitted(from: sections)
    }
}
