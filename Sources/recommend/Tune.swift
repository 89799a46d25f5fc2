import ArgumentParser
import Recommenders

/// `recommend tune`: which parameters do best.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Searches parameters: what to try, and what did best.",
        discussion: """
            'candidates' writes a file for each set of parameters to try; 'recommend evaluate --parameters FILE --output FILE' tries one; \
            'best' chooses among what came out. As pipelines, each candidate is a datum: pipelines/tune.
            """,
        subcommands: [Candidates.self, Best.self, UnknownCommand<Tune>.self], defaultSubcommand: UnknownCommand<Tune>.self)

    struct Candidates: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a file of parameters for each candidate of a search space.",
            discussion: """
                A space 'svd.json' gives files svd-HASH.json: all combinations, or as many as it says are drawn. The same parameters have the \
                same name, whatever else is in the space. Candidates of an earlier run are removed. docs/tuning.md describes \
                spaces.

                Example:
                  recommend tune candidates --space svd.json --output candidates
                """)

        @Option(help: ArgumentHelp("A search space, JSON, or a folder of such files.", valueName: "path"), completion: .file())
        var space: String

        @OptionGroup var output: OutputFolder

        func run() throws {
            let files = try FileTree.of(space).files
            // All are read before one is written: half a search would pass for a whole one.
            let spaces = try files.map { (file: $0, candidates: try SearchSpace(contentsOf: $0.path).candidates()) }
            var written: Set<String> = []
            for (file, candidates) in spaces {
                let name = file.relativePath.hasSuffix(".json") ? String(file.relativePath.dropLast(5)) : file.relativePath
                for candidate in candidates {
                    let name = "\(name)-\(try candidate.hash()).json"
                    try JSONFile.write(candidate, to: FileTree.join(output.path, name))
                    written.insert(name)
                }
                Terminal.note("\(file.relativePath): \(Terminal.count(candidates.count, "candidate")).")
            }
            let earlier = EarlierOutput(in: output.path, reading: files)
            try earlier.remove(try earlier.files().filter(isCandidate), except: written)
        }

        /// Whether a file of the output folder is just what this command writes: parameters, under a name that ends in their hash.
        private func isCandidate(_ name: String) throws(RecommenderError) -> Bool {
            guard name.hasSuffix(".json") else { return false }
            do throws(RecommenderError) {
                return try name.hasSuffix("-\(Parameters(contentsOf: FileTree.join(output.path, name)).hash()).json")
            } catch {
                guard error.code == .invalidInput else { throw error }
                return false
            }
        }
    }

    struct Best: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the parameters of the best evaluation.",
            discussion: """
                Prints a JSON list of all, the best first; among equals the first by name. With '--output -' it goes to standard error.

                Example:
                  recommend tune best --evaluations trials --compare rmse \\
                    --output parameters.json
                """)

        @Option(help: ArgumentHelp("A folder of what 'recommend evaluate --output' wrote.", valueName: "folder"), completion: .directory)
        var evaluations: String

        @Option(
            help: ArgumentHelp("What is compared: \(Measure.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "measure"),
            transform: { name in try asUsage { () throws(RecommenderError) in try Measure(named: name) } })
        var compare = Measure.rmse

        @Option(help: ArgumentHelp("Where to write the best parameters, for '--parameters'.", valueName: "file"), completion: .file())
        var output: String

        func run() throws {
            var trials: [Trial] = []
            var first: (path: String, at: Int?)?
            for file in try FileTree.of(evaluations).files {
                let report = try MeasuredReport(contentsOf: file.path)
                if let first, first.at != report.at { throw Self.incomparable(first, (file.path, report.at)) }
                first = first ?? (file.path, report.at)
                let value = try report.value(of: compare, in: file.path)
                trials.append(Trial(name: file.relativePath, parameters: report.parameters, measure: compare, value: value))
            }
            trials.sort { (compare.loss(of: $0.value, against: $1.value), $0.name) < (0, $1.name) }
            guard let best = trials.first else {
                throw RecommenderError(.noRatings, "There are no evaluations in '\(evaluations)'", hint: "Evaluate the candidates first.")
            }
            try JSONFile.write(best.parameters, to: output)
            try printJSON(trials, beside: output)
        }

        private static func incomparable(_ one: (path: String, at: Int?), _ other: (path: String, at: Int?)) -> RecommenderError {
            func lists(_ length: Int?) -> String { length.map { "lists of \($0)" } ?? "no lists" }
            return RecommenderError(
                .invalidInput,
                "'\(one.path)' is about \(lists(one.at)) and '\(other.path)' about \(lists(other.at)), which cannot be compared",
                hint: "Evaluate all with the same '--at'.")
        }

        /// An evaluation, as the list shows it.
        private struct Trial: Encodable {
            var name: String
            var parameters: Parameters
            var measure: Measure
            var value: Double
        }
    }
}
