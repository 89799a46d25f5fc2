import Foundation
public import Model
public import Operations

/// Whom the commands speak with: what they read, where they write, and what time it is.
public struct Console: Sendable {
    /// Help is set for this many columns where there is no terminal.
    static let defaultColumns = 80

    /// Writes all of the bytes. Throws `BrokenPipe` where nobody reads any more.
    public typealias Writer = @Sendable ([UInt8]) throws -> Void

    public var output: Writer
    public var error: Writer
    public var input: ByteStream
    /// Columns of the terminal that shows the output; nil where it goes elsewhere.
    public var outputColumns: Int?
    /// Columns of the terminal that shows errors and progress; nil where they go elsewhere.
    public var errorColumns: Int?
    public var now: @Sendable () -> Timestamp

    public init(
        output: @escaping Writer, error: @escaping Writer, input: ByteStream, outputColumns: Int? = nil, errorColumns: Int? = nil,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.output = output
        self.error = error
        self.input = input
        self.outputColumns = outputColumns
        self.errorColumns = errorColumns
        self.now = now
    }

    /// The process's own streams. From then on a write to a pipe that nobody reads fails instead of ending the process.
    public static func standard() -> Console {
        signal(SIGPIPE, SIG_IGN)
        return Console(
            output: { try writeAll($0, to: STDOUT_FILENO, named: "standard output") },
            error: { try writeAll($0, to: STDERR_FILENO, named: "standard error") },
            input: .reading(standardInput: STDIN_FILENO),
            outputColumns: terminalColumns(STDOUT_FILENO), errorColumns: terminalColumns(STDERR_FILENO),
            now: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
    }

    func write(_ text: String) throws {
        try output(Array(text.utf8))
    }

    /// Writes a result after which there is more to do or to decide, as the exit code. Whoever read our output and has seen enough is not to
    /// keep the command from that.
    func writeResult(_ text: String) throws {
        do { try write(text) } catch is BrokenPipe { return }
    }

    /// Writes beside the result, for people: on standard error. Where that is gone there is nobody to tell.
    func writeError(_ text: String) {
        do { try error(Array(text.utf8)) } catch { return }
    }

    /// Says a sentence on standard error.
    func remark(_ sentence: String) {
        writeError(sentence + "\n")
    }
}

/// Nobody reads what we write any more.
public struct BrokenPipe: Error {
    public init() {}
}

/// The width of the terminal behind a descriptor; nil where it is none.
private func terminalColumns(_ descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return Console.defaultColumns }
    return Int(size.ws_col)
}
