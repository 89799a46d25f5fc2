import ArgumentParser
import Foundation
import Model
import Yams

/// A form of output for programs.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case json
    case yaml
}

/// Options of commands that print records: as a table for people, or in a form for programs.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON, as '-o json' does.")
    var raw = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Print in a form for programs: json, one object per line, or yaml, one document each.", valueName: "format"))
    var output: OutputFormat?

    @Flag(help: "Show points in time in full.")
    var fullTimestamps = false

    var isForPeople: Bool { output == nil && !raw }

    func times(_ console: Console) -> TimeText {
        TimeText(now: console.now(), full: fullTimestamps)
    }

    /// Prints the values in the form that is asked for; what follows happens also where nobody reads on.
    /// - Parameter human: the text for people.
    func print(_ values: [some Encodable], _ console: Console, human: () throws -> String) throws {
        try console.writeResult(text(of: values, human: human))
    }

    func print(_ value: some Encodable, _ console: Console, human: () throws -> String) throws {
        try print([value], console, human: human)
    }

    /// The values in the form that is asked for.
    func text(of values: [some Encodable], human: () throws -> String) throws -> String {
        guard let format = output ?? (raw ? .json : nil) else { return try human() }
        return try values.map { try text(of: $0, format) }.joined()
    }

    private func text(of value: some Encodable, _ format: OutputFormat) throws -> String {
        switch format {
        case .json: return try jsonText(value) + "\n"
        case .yaml:
            let encoder = YAMLEncoder()
            encoder.options.allowUnicode = true
            encoder.options.sortKeys = true
            // Long strings stay on their line.
            encoder.options.width = -1
            return "---\n" + (try encoder.encode(value))
        }
    }
}

/// The names are sorted, so that equal values have equal texts.
func jsonText(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
