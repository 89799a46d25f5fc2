import ArgumentParser
import Recommenders

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `recommend top`: the best items for users.
struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Recommends items to users, by a model.",
        discussion: """
            Models that rank items leave out what users had in training. Models that estimate ratings do not know that: give the ratings \
            with '--seen', or '--keep-seen'. Writes 'user,item' as CSV with that header, each user's best items first, or with \
            '--format json' an object {"user": …, "items": […]} a line; with '--scores' also what each item is listed by. Who a model does \
            not know gets what is best for anybody.

            Examples:
              recommend top --model ease.model --user 196 --scores
              recommend top --model svd.model --seen u1.base --all --count 10 \\
                --output lists.csv
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case csv, json
    }

    @Option(help: ArgumentHelp("The model that 'recommend train' wrote.", valueName: "file"), completion: .file())
    var model: String

    @Option(help: ArgumentHelp("A user; may be given several times.", valueName: "id"))
    var user: [String] = []

    @Option(help: ArgumentHelp("A file of users, one a line.", valueName: "file"), completion: .file())
    var users: String?

    @Flag(help: "All users that the model knows.")
    var all = false

    @Option(help: ArgumentHelp("The most items for each user.", valueName: "count"))
    var count = 20

    @Option(
        help: ArgumentHelp(
            "Leave out what users have in this file of lines 'user item', or in a folder of such files; may be given several times.",
            valueName: "path"), completion: .file())
    var seen: [String] = []

    @Flag(help: "Recommend what users had in training, too.")
    var keepSeen = false

    @Flag(
        help: """
            Add a score to each item: its estimate, as 'recommend predict' gives it (lists go by it before it is kept on the scale), or of \
            a model that ranks the number that it ranks by, which compares the items of one user.
            """)
    var scores = false

    @Option(help: "How to write lists.")
    var format = Format.csv

    @Option(help: ArgumentHelp("Where to write them; '-' is standard output.", valueName: "file"), completion: .file())
    var output = OutputFile.standardOutput

    @Flag(inversion: .prefixedNo, help: "Compare the model with its checksums first, which takes reading all of it.")
    var verify = true

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        guard [!user.isEmpty, users != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("Give one of '--user', '--users' and '--all'.")
        }
        guard (1...10_000).contains(count) else { throw ValidationError("'--count' is a number from 1 to 10000.") }
    }

    func run() throws {
        let start = ContinuousClock.now
        let recommender = try Recommender(contentsOf: model, verifying: verify)
        guard recommender.knowsSeen || keepSeen || !seen.isEmpty else {
            throw RecommenderError(
                .invalidOption, "The model estimates ratings and does not know what users have already",
                hint: "Give the ratings with '--seen', or '--keep-seen'.")
        }
        let without = seen.isEmpty ? nil : recommender.seen(in: try RatingFiles.read(seen, interactions: true))
        let machine = try machine.chosen()
        var lists = try ListsWriter(format, scores: scores, to: output)
        var number = 0
        if all {
            try recommender.forEachList(count, without: without, keepingTrained: keepSeen, scoring: scores, on: machine) { list in
                try lists.write(list)
                number += 1
            }
        } else {
            let names = try users.map { path throws(RecommenderError) in try IdentifiersReader.read(path) } ?? user
            let strangers = names.count { !recommender.knows($0) }
            if strangers > 0 { Terminal.note("Users that the model does not know: \(strangers).") }
            for list in recommender.lists(
                count, for: names, without: without, keepingTrained: keepSeen, scoring: scores, on: machine)
            {
                try lists.write(list)
            }
            number = names.count
        }
        try lists.finish()
        Terminal.note("Recommended to \(Terminal.count(number, "user")), in \(Terminal.seconds(since: start)).")
    }
}

/// Writes lists to a file.
private struct ListsWriter: ~Copyable {
    private let format: Top.Format
    private var file: OutputFile
    private let encoder = JSONEncoder()

    init(_ format: Top.Format, scores: Bool, to path: String) throws {
        var file = try OutputFile(path)
        if format == .csv { try file.write("user,item\(scores ? ",score" : "")\n".utf8) }
        self.file = file
        self.format = format
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    mutating func write(_ list: Recommender.List) throws {
        switch format {
        case .csv: try file.write(list.csv.utf8)
        case .json: try file.write(try encoder.encode(list) + "\n".utf8)
        }
    }

    consuming func finish() throws {
        try file.finish()
    }
}
