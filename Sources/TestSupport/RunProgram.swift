internal import Files
internal import Foundation

/// How a program ended, and what it wrote.
public struct ProgramOutcome: Sendable {
    public let words: [String]
    /// What it exited with; 128 and the signal's number where a signal ended it.
    public let code: Int32
    /// What it wrote to standard output.
    public let output: [UInt8]
    /// What it wrote to standard error.
    public let error: String

    /// What it wrote to standard output.
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// What it wrote to standard output, then what it wrote to standard error.
    public var transcript: String { text + error }

    /// - Throws: `ProgramFailure` where it did not exit with 0.
    public func successful() throws(ProgramFailure) -> ProgramOutcome {
        guard code == 0 else { throw ProgramFailure(outcome: self) }
        return self
    }
}

/// A program was to succeed, and did not.
public struct ProgramFailure: Error, CustomStringConvertible {
    public let outcome: ProgramOutcome

    public var description: String { "\(outcome.words.joined(separator: " ")) exited with \(outcome.code): \(outcome.transcript)" }
}

/// Runs a program to its end, and blocks the thread until then.
/// - Parameters:
///   - words: the program, looked for in the tests' own `PATH`, and its arguments.
///   - environment: nil: that of the tests.
///   - input: what it reads from standard input.
public func runProgram(
    _ words: [String], in folder: String = "/", environment: [String: String]? = nil, input: [UInt8] = []
) throws -> ProgramOutcome {
    // Files rather than pipes: none fills up while another is written or read.
    let streams = FileManager.default.temporaryDirectory.appending(path: "pach-program-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: false)
    defer {
        // What a test leaves behind harms nobody.
        try? FileManager.default.removeItem(at: streams)
    }
    let (inputFile, outputFile, errorFile) = (
        streams.appending(path: "input"), streams.appending(path: "output"), streams.appending(path: "error")
    )
    try Data(input).write(to: inputFile)
    let process = try ChildProcess(
        words, in: folder, environment: environment ?? ProcessInfo.processInfo.environment, input: .file(inputFile.path),
        output: .file(outputFile.path), error: .file(errorFile.path))
    let code = try process.wait().code
    return ProgramOutcome(
        words: words, code: code, output: Array(try Data(contentsOf: outputFile)),
        error: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
}
