internal import Foundation

/// The stock `git` program on one repository, without the configuration of whoever runs the tests.
public struct GitProgram: Sendable {
    private let repository: String

    public init(repository: String) throws {
        self.repository = repository
    }

    /// Runs `git -C repository` with these arguments.
    /// - Returns: what it prints, standard error included, without the line feed at the end.
    /// - Throws: `ProgramFailure` where it does not exit with 0.
    public func run(_ arguments: String...) throws -> String {
        try run(arguments)
    }

    public func run(_ arguments: [String]) throws -> String {
        let environment = ProcessInfo.processInfo.environment.merging([
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C",
        ]) { $1 }
        let outcome = try runProgram(["git", "-C", repository] + arguments, environment: environment).successful()
        return outcome.transcript.trimmingCharacters(in: .newlines)
    }
}
