import ArgumentParser
import Recommenders

/// `recommend explain`: one estimate, taken apart.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes an estimate, or the score of an item in a list, apart.",
        discussion: """
            Prints the parts of what 'recommend predict' gives for a user and an item. They add up to the sum, which is then kept on the model's \
            scale. Of a model that ranks items, they add up to the score of 'recommend top --scores'. A part that is itself a sum, such as over \
            neighbours, has its terms below. '--format json' has all terms, and numbers to their last digit. docs/explaining.md says of each \
            algorithm what its parts are.

            Examples:
              recommend explain --model svd.model --user 196 --item 242
              recommend explain --model ease.model --user 196 --item 242 --format json
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, json
    }

    @Option(help: ArgumentHelp("The model that 'recommend train' wrote.", valueName: "file"), completion: .file())
    var model: String

    @Option(help: ArgumentHelp("The user.", valueName: "id"))
    var user: String

    @Option(help: ArgumentHelp("The item.", valueName: "id"))
    var item: String

    @Option(help: ArgumentHelp("The most terms of a part that the table shows.", valueName: "count"))
    var count = 10

    @Option(help: "How to write it.")
    var format = Format.table

    @Option(help: ArgumentHelp("Where to write it; '-' is standard output.", valueName: "file"), completion: .file())
    var output = OutputFile.standardOutput

    func validate() throws {
        guard count >= 0 else { throw ValidationError("'--count' is a number from 0.") }
    }

    func run() throws {
        let explanation = try Explanation(byModelAt: model, user: user, item: item)
        switch format {
        case .json: try JSONFile.write(explanation, to: output)
        case .table:
            var file = try OutputFile(output)
            try file.write("\(text(explanation))\n".utf8)
            try file.finish()
        }
    }

    private func text(_ explanation: Explanation) -> String {
        var rows = explanation.parts.map { [$0.name, decimals($0.value, 6), $0.meaning] }
        let title: String
        if let estimate = explanation.estimate, let scale = explanation.scale {
            title = "What '\(explanation.algorithm)' estimates that user '\(user)' rates item '\(item)':"
            rows.append(["sum", decimals(explanation.sum, 6), "of these"])
            rows.append(["estimate", decimals(estimate, 6), "the sum, kept between \(scale[0]) and \(scale[1])"])
        } else {
            title = "What '\(explanation.algorithm)' ranks item '\(item)' by, for user '\(user)':"
            rows.append(["sum", decimals(explanation.sum, 6), "its score"])
        }
        var lines = [title, "", table(rows, left: [0, 2])]
        for part in explanation.parts {
            guard let terms = part.terms, count > 0 else { continue }
            lines += ["", terms.count > count ? "\(part.name), the first \(count) of \(terms.count):" : "\(part.name):"]
            lines.append(table(Self.rows(of: terms.prefix(count))))
        }
        let unknown = [explanation.knowsUser ? nil : "user", explanation.knowsItem ? nil : "item"].compactMap(\.self)
        if !unknown.isEmpty { lines += ["", "The model does not know the \(unknown.joined(separator: ", nor the "))."] }
        if let fallback = explanation.fallback { lines += ["", "This stands in: \(fallback)."] }
        if explanation.seen == true { lines += ["", "The user has the item from training, and lists leave it out."] }
        return lines.joined(separator: "\n")
    }

    /// A header and a row for each term, without columns that none of them has.
    private static func rows(of terms: some Sequence<Explanation.Term>) -> [[String]] {
        let terms = Array(terms)
        let columns: [(header: String, cells: [String?])] = [
            ("user", terms.map(\.user)), ("item", terms.map(\.item)),
            ("similarity", terms.map { $0.similarity.map { decimals($0, 4) } }),
            ("rating", terms.map { $0.rating.map { decimals($0, 2) } }), ("deviation", terms.map { $0.deviation.map { decimals($0, 4) } }),
            ("weight", terms.map { $0.weight.map { decimals($0, 4) } }), ("adds", terms.map { decimals($0.contribution, 6) }),
        ].filter { column in column.cells.contains { $0 != nil } }
        return [columns.map(\.header)] + terms.indices.map { term in columns.map { $0.cells[term] ?? "" } }
    }
}
