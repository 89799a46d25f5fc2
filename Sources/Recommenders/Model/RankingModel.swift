/// A model that was trained and can rank items, with all that it takes to train it again.
public struct RankingModel: Sendable {
    /// The algorithm's options and seed.
    public let algorithm: any RankingAlgorithm
    /// The instruction set that it was trained with.
    public let instructionSet: String
    /// How many pairs of user and item it was trained on.
    public let pairCount: Int
    /// What was learnt.
    public let ranker: any Ranker
    /// For each user, the items of training.
    let seen: Lists
    /// For each item, how many users liked it.
    let likes: Column<Float>
    let users: IdentifierIndex
    let items: IdentifierIndex

    /// How many users it knows.
    public var userCount: Int { users.count }
    /// How many items it knows.
    public var itemCount: Int { items.count }

    /// Trains a model. What is learnt depends on algorithm and pairs alone; the model's file also names the instruction set, and has the
    /// same bytes each time for the same one.
    ///
    /// - Parameters:
    ///   - algorithm: Options and seed.
    ///   - dataset: Who liked what; ratings make no difference.
    ///   - machine: What to compute with.
    /// - Throws: `.noRatings` when there are no pairs, `.invalidOption` when an option is out of range, `.diverged` when training ran away.
    public init(
        training algorithm: any RankingAlgorithm, on dataset: Dataset, machine: Machine = .whole
    ) throws(RecommenderError) {
        let trainset = try Trainset(dataset)
        self.algorithm = algorithm
        instructionSet = machine.instructionSet
        pairCount = trainset.ratingCount
        ranker = try algorithm.fit(trainset, on: machine)
        seen = trainset.byUser.lists
        likes = Column(copying: Popularity.counts(trainset))
        users = IdentifierIndex(dataset.users, trainset.users)
        items = IdentifierIndex(dataset.items, trainset.itemNumbers)
    }

    /// Reads a model from the bytes of a model file, in place; see docs/model-format.md.
    ///
    /// The bytes need not be trusted: whatever they are, this gives a model that ranks items that it has, or throws.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - verifying: Whether to compare checksums, which takes reading it all; any change of the file is then noticed.
    /// - Throws: `.corruptModel` when it is no model, `.unsupportedModel` when it is one of another version or kind.
    init(_ file: SectionFile, verifying: Bool) throws(RecommenderError) {
        if verifying { try file.verify() }
        let settings = try ModelSettings(try file.content(of: "settings"))
        guard let algorithm = settings.algorithm as? any RankingAlgorithm else {
            throw RecommenderError(
                .unsupportedModel, "It is a model of \(type(of: settings.algorithm).name), which estimates ratings",
                hint: "Give a model of one of: \(RankingAlgorithms.names.joined(separator: ", ")).")
        }
        let sections = SectionReader(file, settings, isVerifying: verifying)
        self.algorithm = algorithm
        instructionSet = settings.instructionSet
        pairCount = settings.ratingCount
        (users, items) = try settings.identifiers(in: file, verifying: verifying)
        ranker = try algorithm.read(sections)
        seen = try sections.seen
        likes = try sections.column("item.cnt", count: items.count)
    }

    /// Opens a model file by mapping it into memory; see `RatingModel`.
    ///
    /// - Throws: `.io` when it cannot be read, `.corruptModel` or `.unsupportedModel`, naming the file, when it is not a ranking model of
    ///   this version.
    public init(contentsOf path: String, verifying: Bool = true) throws(RecommenderError) {
        self = try SectionFile.open(path) { (file) throws(RecommenderError) in try RankingModel(file, verifying: verifying) }
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
            algorithm: algorithm, instructionSet: instructionSet, userCount: userCount, itemCount: itemCount, ratingCount: pairCount,
            estimates: nil)
        var sections = SectionWriter()
        sections.add("settings", settings.encoded())
        users.write(to: &sections, prefix: "user")
        items.write(to: &sections, prefix: "item")
        seen.write(to: &sections, "seen.beg", "seen.its")
        sections.add("item.cnt", likes)
        ranker.write(to: &sections)
        return sections.sections
    }
}

extension SectionReader {
    /// For each user, the items of training.
    ///
    /// - Throws: `.corruptModel` when they are not there.
    var seen: Lists {
        get throws(RecommenderError) { try Lists(self, "seen.beg", "seen.its", count: userCount, limit: itemCount) }
    }
}

extension RankingAlgorithm {
    /// Reads what it learnt from a model file.
    fileprivate func read(_ sections: SectionReader) throws(RecommenderError) -> any Ranker {
        try Fitted(from: sections)
    }
}
