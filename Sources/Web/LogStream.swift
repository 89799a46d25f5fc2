import Dispatch
import Glibc
public import Logging
import Synchronization

/// Where log lines go on their way to a descriptor that nobody may read, such as a pipe that is full: whoever logs never waits for it.
///
/// Lines wait in memory, as many as fit. Those beyond are dropped, and counted in a line of their own once there is room. One that is longer than
/// 32 KiB is cut.
public final class LogStream: TextOutputStream, Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var droppedCount = 0
        var isWriting = false
    }

    /// So many bytes of lines wait.
    static let backlogByteCountMax = 256 * 1024
    /// Less than waits in all: one that never fitted would be the first that is dropped, and nothing would come to say so.
    private static let lineByteCountMax = 32 * 1024

    private let descriptor: Int32
    private let state = Mutex(State())
    private let lane = DispatchQueue(label: "pach.log", qos: .utility)

    /// - Parameter descriptor: open for as long as there is anything to write.
    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// To standard error.
    public convenience init() {
        self.init(descriptor: STDERR_FILENO)
    }

    /// A logger whose lines go here.
    public func logger(label: String, level: Logger.Level) -> Logger {
        var logger = Logger(label: label) { StreamLogHandler(label: $0, stream: self) }
        logger.logLevel = level
        return logger
    }

    public func write(_ line: String) {
        let line = Self.cut(line)
        let begins = state.withLock { state in
            // What comes after a line that was dropped is not shown before it is said that there was one.
            guard state.droppedCount == 0, state.waiting.count + line.utf8.count <= Self.backlogByteCountMax else {
                state.droppedCount += 1
                return false
            }
            state.waiting += line.utf8
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { lane.async { self.writeWaiting() } }
    }

    private static func cut(_ line: String) -> String {
        guard line.utf8.count > lineByteCountMax else { return line }
        return String(decoding: line.utf8.prefix(lineByteCountMax), as: UTF8.self) + "…\n"
    }

    /// Waits until all is written that came before, and blocks the thread meanwhile; `patience` ends it where nobody reads.
    public func flush(patience: Duration) {
        let written = DispatchSemaphore(value: 0)
        lane.async { written.signal() }
        _ = written.wait(timeout: .now() + patience / .seconds(1))
    }

    private func writeWaiting() {
        while let bytes = next() { write(bytes) }
    }

    private func next() -> [UInt8]? {
        state.withLock { state in
            var bytes = state.waiting
            if state.droppedCount > 0 { bytes += Array("\(state.droppedCount) log lines were dropped: nobody read them\n".utf8) }
            state.isWriting = !bytes.isEmpty
            state.waiting = []
            state.droppedCount = 0
            return bytes.isEmpty ? nil : bytes
        }
    }

    /// Not through `stderr` of stdio: its lock would be held while this waits, and the end of the process wants it.
    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Whoever started the program made it so.
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            } else if errno != EINTR {
                // Nobody is there to read it, or to be told.
                return
            }
        }
    }
}
