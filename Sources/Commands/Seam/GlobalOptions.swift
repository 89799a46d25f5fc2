import ArgumentParser
import Model

/// Options that every command has, and that may stand anywhere on the line.
struct GlobalOptions: ParsableArguments {
    static let defaultRoot = "./repos"

    @Option(
        help: ArgumentHelp(
            "The data root. (default: PACH_ROOT, else \(defaultRoot); without this option PACH_ADDRESS sends the command to a server.)",
            valueName: "dir"), completion: .directory)
    var root: String?

    @Option(help: ArgumentHelp("How long to wait for another process that holds the data root.", valueName: "duration"))
    var lockTimeout = "60s"

    @Flag(help: "Do not colour the output.")
    var noColor = false

    @Flag(name: .shortAndLong, help: "Say on standard error what is being done.")
    var verbose = false

    /// The line from the first word on that is none of these options: a command, as far as one can be told before it is parsed.
    static func dropped(from line: [String]) -> ArraySlice<String> {
        var rest = line[...]
        while let word = rest.first, word.hasPrefix("-") {
            rest = rest.dropFirst(["--root", "--lock-timeout"].contains(word) ? 2 : 1)
        }
        return rest
    }

    var lockTimeoutDuration: Duration {
        get throws { try duration(lockTimeout, option: "--lock-timeout") }
    }
}

/// What a command's help tells beside its options.
///
/// The options of all commands are told once, by `pach --help`: with each command they would hide its own.
func manual(_ text: String) -> String {
    text + "\n\nOptions of all commands, such as --root: see 'pach --help'."
}

/// Parses `90s`, `1h30m`, or whole seconds without a unit; at most some 292 years.
func duration(_ text: String, option: String) throws -> Duration {
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    do {
        return try SpecDuration(parsing: isNumber ? text + "s" : text).duration
    } catch {
        throw UsageError(error, "Could not read \(option)")
    }
}
