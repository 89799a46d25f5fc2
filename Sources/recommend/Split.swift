import ArgumentParser
import Recommenders

/// `recommend split`: ratings to train on, and ratings to test on.
struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Divides ratings into those to train on and those to test on.",
        discussion: """
            Writes 'train.tsv' and 'test.tsv' into the folder, or for folds into folders 0, 1, … in it, so that each is a datum of its own. \
            What an earlier run left of these is removed. Of several ratings of an item by a user only the last is kept. The same \
            ratings, split and seed give the same files.

            Example:
              recommend split --ratings ratings.csv --by last=1 --output parts
            """)

    @OptionGroup var ratings: RatingFiles

    @Option(
        help: ArgumentHelp("folds=N at random, last=N of each user, or time=SHARE, the latest of all.", valueName: "split"),
        transform: { try RatingSplit($0) })
    var by: RatingSplit

    @Option(help: "Where random numbers start.")
    var seed: UInt64 = 0

    @OptionGroup var output: OutputFolder

    func run() throws {
        let dataset = try ratings.read()
        let inputs = try ratings.files()
        let parts = try by.divide(dataset, seed: seed)
        var written: Set<String> = []
        for (number, part) in parts.enumerated() {
            let folder = parts.count > 1 ? "\(number)" : ""
            for (name, rows) in [("train.tsv", part.train), ("test.tsv", part.test)] {
                let name = FileTree.join(folder, name)
                try RatingsFile.write(rows, of: dataset, to: FileTree.join(output.path, name))
                written.insert(name)
            }
            Terminal.note("Split by \(by.text): \(Terminal.count(part.train.count, "rating")) to train on, \(part.test.count) to test on.")
        }
        let folders = [""] + (0..<RatingSplit.foldLimit).map(String.init)
        let names = folders.flatMap { [FileTree.join($0, "train.tsv"), FileTree.join($0, "test.tsv")] }
        try EarlierOutput(in: output.path, reading: inputs).remove(names, except: written)
    }
}
