import ArgumentParser
import Foundation
import Model

/// The `pach` program, without the engine: arguments in, texts and an exit code out.
///
/// Exit codes are 0 for success, 1 for failure (of `run` and `wait`: a job failed), 64 for a command line that cannot be meant, and 128 and the
/// signal's number where a signal ended it.
public enum Pach {
    /// Runs one command.
    ///
    /// - Parameters:
    ///   - arguments: those after the program's name; nil for the process's own.
    ///   - backend: the way to an engine.
    ///   - environment: the variables; nil for the process's own.
    /// - Returns: the exit code.
    public static func run(
        _ arguments: [String]? = nil, backend: any Backend, console: Console = .standard(), environment: [String: String]? = nil
    ) async -> Int32 {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let session = Session(backend: backend, console: console, environment: environment)
        return await Session.$current.withValue(session) {
            do {
                let arguments = try arguments ?? ownArguments()
                if let error = otherCommand(arguments) { throw error }
                var command = try await PachCommand.asyncParseAsRoot(arguments)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
                return ExitCode.success.rawValue
            } catch {
                return report(error, console)
            }
        }
    }

    /// The arguments that the process was started with.
    /// - Throws: `UsageError` where one is not UTF-8: with U+FFFD for the bytes that are not, two names would be one.
    private static func ownArguments() throws -> [String] {
        try (0..<Int(CommandLine.argc)).dropFirst().map { number in
            guard let argument = CommandLine.unsafeArgv[number] else { preconditionFailure("argc counts the arguments") }
            guard let text = String(validatingCString: argument) else {
                throw UsageError("argument \(number), \(quoted(String(cString: argument))), is not UTF-8", hint: "Names are UTF-8 here.")
            }
            return text
        }
    }

    /// Says what went wrong.
    /// - Returns: the code with which the program ends.
    private static func report(_ error: any Error, _ console: Console) -> Int32 {
        let code: ExitCode
        let text: String
        switch error {
        case is BrokenPipe:
            // Whoever read our output has seen enough.
            return ExitCode.success.rawValue
        case let interruption as Interrupted:
            return interruption.exitCode
        case let error as UsageError:
            code = .validationFailure
            text = errorText(error.error)
        case let error as PachError:
            code = .failure
            text = errorText(error)
        default:
            // The parser's own failures, requests for help, and exit codes.
            code = PachCommand.exitCode(for: error)
            let message = PachCommand.fullMessage(for: error, columns: console.outputColumns ?? Console.defaultColumns)
            text = message.isEmpty ? "" : message + "\n"
        }
        guard code == .success else {
            if !text.isEmpty { console.writeError(text) }
            return code.rawValue
        }
        do {
            try console.writeResult(text)
            return code.rawValue
        } catch {
            return report(error, console)
        }
    }
}
