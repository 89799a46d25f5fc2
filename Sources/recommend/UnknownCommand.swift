import ArgumentParser
import Model

/// Where the parser ends when a word is none of the subcommands of `Parent`: leads to the nearest.
struct UnknownCommand<Parent: ParsableCommand>: ParsableCommand {
    static var configuration: CommandConfiguration { CommandConfiguration(commandName: "unknown-command", shouldDisplay: false) }

    @Argument(parsing: .allUnrecognized)
    var words: [String] = []

    func run() throws {
        guard let word = words.first else { throw CleanExit.helpRequest(Parent.self) }
        if word.hasPrefix("-") { throw ValidationError("Unknown option '\(word)'") }
        let names = Parent.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let hint = nearest(to: word, among: names).map { "Did you mean '\($0)'?" } ?? "There are: \(names.joined(separator: ", "))."
        throw ValidationError("'\(word)' is not a command of '\(Parent._commandName)'\nHint: \(hint)")
    }
}
