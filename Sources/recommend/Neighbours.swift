import ArgumentParser
import Recommenders

/// `recommend neighbours`: shows like these.
struct Neighbours: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds for each item the items most like it.",
        discussion: """
            By who liked them ('--ratings'), by their features ('--item-features'), or by vectors such as embeddings of texts ('--vectors'); \
            with '--profiles', the items nearest to each profile. Writes lines of an item, a neighbour and how alike they are, 0 to 1, \
            separated by tabs, the nearest first. Items without neighbours are left out.

            Examples:
              recommend neighbours --ratings ratings.csv --from 4 --shrinkage 10 \\
                --support 5 --output neighbours.tsv
              recommend neighbours --item-features genres.tsv --output similar.tsv
              recommend neighbours --vectors genres.tsv --profiles tastes.tsv --count 5 \\
                --output candidates.tsv
            """)

    @Option(
        help: ArgumentHelp("A file of ratings, or a folder of such files; may be given several times.", valueName: "path"),
        completion: .file())
    var ratings: [String] = []

    @Option(
        help: ArgumentHelp("A file of items and their features, separated by tabs; may be given several times.", valueName: "file"),
        completion: .file())
    var itemFeatures: [String] = []

    @Option(
        help: ArgumentHelp("A file of items and their vectors: a name and numbers, separated by tabs.", valueName: "file"),
        completion: .file())
    var vectors: String?

    @Option(
        help: ArgumentHelp(
            "A file of vectors in the same form: for each of them the nearest items, such as for users' tastes.", valueName: "file"),
        completion: .file())
    var profiles: String?

    @Option(help: ArgumentHelp("Ratings from this on say that a user liked an item; by default all do.", valueName: "rating"))
    var from: Double?

    @Option(help: ArgumentHelp("The most neighbours of an item.", valueName: "count"))
    var count = 20

    @Option(
        help: ArgumentHelp("Common users, or features, that it takes to be half as alike as the cosine says.", valueName: "number"))
    var shrinkage = 0.0

    @Option(help: ArgumentHelp("Leave out items that fewer users liked, or that have fewer features.", valueName: "count"))
    var support = 1

    @Option(help: ArgumentHelp("Where to write the neighbours.", valueName: "file"), completion: .file())
    var output: String

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        guard [!ratings.isEmpty, !itemFeatures.isEmpty, vectors != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("Give one of '--ratings', '--item-features' and '--vectors'.")
        }
        guard from == nil || !ratings.isEmpty else { throw ValidationError("'--from' goes with '--ratings'.") }
        guard profiles == nil || vectors != nil else { throw ValidationError("'--profiles' goes with '--vectors'.") }
        guard vectors == nil || shrinkage == 0 && support == 1 else {
            throw ValidationError("'--shrinkage' and '--support' go with '--ratings' and '--item-features'.")
        }
    }

    func run() throws {
        let start = ContinuousClock.now
        let machine = try machine.chosen()
        var options = NearestItems.Options()
        options.count = count
        options.shrinkage = shrinkage
        options.support = support
        let nearest: NearestItems
        if let vectors {
            let profiles = try profiles.map { try Vectors(contentsOf: $0) }
            nearest = try NearestItems(try Vectors(contentsOf: vectors), of: profiles, options: options, on: machine)
        } else if itemFeatures.isEmpty {
            nearest = try NearestItems(likedIn: try RatingFiles.read(ratings), from: from, options: options, on: machine)
        } else {
            var dataset = Dataset()
            for path in itemFeatures { try FeaturesReader.read(path, of: .items, into: &dataset) }
            nearest = try NearestItems(featuresIn: dataset, options: options, on: machine)
        }
        try nearest.write(to: output)
        Terminal.note("Found neighbours of \(Terminal.count(nearest.neighbours.count, "item")), in \(Terminal.seconds(since: start)).")
    }
}
