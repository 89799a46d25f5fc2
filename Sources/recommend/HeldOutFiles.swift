import ArgumentParser
import Recommenders

/// Ratings to train and to test on, as options of commands that measure.
struct HeldOutFiles: ParsableArguments {
    @Option(help: ArgumentHelp("A file of ratings.", valueName: "file"), completion: .file())
    var train: String

    @Option(
        help: ArgumentHelp(
            "Row numbers, from 0, of the training file that are tested on, a fold a line; of several ratings of an item by a user the last counts.",
            valueName: "file"),
        completion: .file())
    var folds: String?

    @Option(
        help: ArgumentHelp(
            "A file of ratings to test on instead, less those whose user and item are trained on together.", valueName: "file"),
        completion: .file())
    var test: String?

    @Option(
        help: ArgumentHelp(
            "Split the training file instead: folds=N at random, last=N of each user, or time=SHARE, the latest of all.", valueName: "split"
        ),
        transform: { try RatingSplit($0) })
    var split: RatingSplit?

    @Option(
        help: ArgumentHelp("Least and greatest estimate; those of the ratings trained on by default.", valueName: "min,max"),
        transform: { try RatingScale($0) })
    var scale: RatingScale?

    @OptionGroup var features: FeatureFiles

    /// What the files hold.
    struct Ratings {
        var dataset: Dataset
        var evaluation: Evaluation
        /// The rows to train on, and those to test on then.
        var folds: [(train: [Int], test: [Int])]
    }

    func validate() throws {
        guard [folds != nil, test != nil, split != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Give one of '--folds', '--test' and '--split'.")
        }
    }

    /// - Parameter seed: Where the random numbers of a split start.
    func read(seed: UInt64) throws -> Ratings {
        var dataset = Dataset()
        try RatingsReader.read(train, into: &dataset)
        try features.read(into: &dataset)
        let trained = dataset.rowCount
        var found: [(train: [Int], test: [Int])] = []
        if let test {
            try RatingsReader.read(test, into: &dataset)
            found = told(HeldOutRows(testingFrom: trained, of: dataset), "whose user and item are trained on together")
        } else if let folds {
            found = told(
                HeldOutRows(try FoldsReader.read(folds, rowCount: trained), of: dataset),
                "that a later one of the same user and item corrects")
        } else if let split {
            found = try split.divide(dataset, seed: seed)
        }
        return Ratings(dataset: dataset, evaluation: Evaluation(of: dataset, scale: scale), folds: found)
    }

    private func told(_ rows: HeldOutRows, _ which: String) -> [(train: [Int], test: [Int])] {
        if rows.leftOut > 0 { Terminal.note("Left out \(Terminal.count(rows.leftOut, "rating")) \(which).") }
        return rows.parts
    }
}
