import ArgumentParser
import Model
import Operations

/// Where the parser ends when no noun follows a verb: says which there are.
struct MissingNoun<Parent: Verb>: ParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "missing-noun", shouldDisplay: false) }

    @Argument(parsing: .allUnrecognized)
    var words: [String] = []

    func run() throws {
        throw unknownWord(words, of: Parent.nouns, after: "pach \(Parent._commandName)", kind: "noun")
    }
}

/// Where the parser ends when the first word is no verb.
struct MissingVerb: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "missing-verb", shouldDisplay: false)

    @Argument(parsing: .allUnrecognized)
    var words: [String] = []

    func run() throws {
        guard !words.isEmpty else { throw CleanExit.helpRequest(PachCommand.self) }
        if words == ["--version"], let version = Session.current?.backend.version.version { throw CleanExit.message("pach \(version)") }
        throw unknownWord(words, of: PachCommand.commands, after: "pach", kind: "command")
    }
}

private func unknownWord(
    _ words: [String], of commands: [any ParsableCommand.Type], after line: String, kind: String
) -> UsageError {
    let known = commands.map { $0._commandName }
    let all = known.joined(separator: ", ")
    guard let word = words.first else {
        return UsageError("'\(line)' needs a noun: \(all)", hint: "See '\(line) --help'.")
    }
    if word.hasPrefix("-") {
        return UsageError("unknown option \(quoted(word)) after '\(line)'", hint: "Options stand behind the command; see '\(line) --help'.")
    }
    let aliases = commands.flatMap { $0.configuration.aliases }
    if let near = nearest(to: word, among: known + aliases) {
        return UsageError("\(quoted(word)) is not a \(kind) of '\(line)'", hint: "Did you mean '\(line) \(near)'?")
    }
    return UsageError("\(quoted(word)) is not a \(kind) of '\(line)'", hint: "There are: \(all).")
}
