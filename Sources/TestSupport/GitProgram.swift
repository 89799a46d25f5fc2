internal import Foundation

/// The stock `git` program on one repository, without the configuration of whoever runs the tests.
public struct GitProgram: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    private let repository: String

    public init(repository: String) throws {
        self.repository = repository
    }

    /// Runs `git -C repository` with these arguments.
    /// - Returns: what it prints, standard error included, without the line feed at the end.
    /// - Throws: `Failure` where it does not exit with 0.
    public func run(_ arguments: String...) throws -> String {
        try run(arguments)
    }

    public func run(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", repository] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C",
        ]) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "git \(arguments.joined(separator: " ")) exited with \(process.terminationStatus): \(output)")
        }
        return output.trimmingCharacters(in: .newlines)
    }
}
