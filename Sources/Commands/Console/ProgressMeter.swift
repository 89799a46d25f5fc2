import Model
import Synchronization

/// Says on a terminal how far a long transfer is: one line, drawn anew, wiped at the end.
final class ProgressMeter: Sendable {
    private struct State {
        var name = ""
        var files = 0
        var bytes: Int64 = 0
        var lastDrawn: Timestamp?
    }

    /// Shorter work is not worth a line.
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)
    private static let barLength = 20

    private let console: Console
    private let columns: Int?
    private let totalBytes: Int64?
    private let started: Timestamp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - totalBytes: nil where it is not known beforehand.
    ///   - isShown: draw at all; without a terminal nothing is drawn anyway.
    init(_ console: Console, totalBytes: Int64?, isShown: Bool) {
        self.console = console
        self.totalBytes = totalBytes
        columns = isShown ? console.errorColumns : nil
        started = console.now()
    }

    func begin(_ name: @autoclosure () -> String) {
        guard columns != nil else { return }
        let name = name()
        state.withLock { state in
            state.name = name
            state.files += 1
        }
    }

    func add(_ byteCount: Int) {
        guard let columns else { return }
        let line = state.withLock { state -> String? in
            state.bytes += Int64(byteCount)
            let now = console.now()
            guard now.since(started) >= Self.delay, now.since(state.lastDrawn ?? started) >= Self.interval else { return nil }
            state.lastDrawn = now
            return text(state, now)
        }
        // Back to the margin, the line, and nothing of an earlier longer one (ECMA-48, EL). The last column stays free.
        if let line { console.writeError("\r\(fitted(line, columns - 1))\u{1B}[K") }
    }

    /// Wipes the line.
    func end() {
        if state.withLock({ $0.lastDrawn }) != nil { console.writeError("\r\u{1B}[K") }
    }

    private func text(_ state: State, _ now: Timestamp) -> String {
        let microseconds = max(1, now.microseconds - started.microseconds)
        let rate = byteText(Int64(Double(state.bytes) * 1_000_000 / Double(microseconds))) + "/s"
        guard let totalBytes, totalBytes > 0 else {
            return "\(state.files) \(state.files == 1 ? "file" : "files")  \(byteText(state.bytes))  \(rate)  \(visible(state.name))"
        }
        let fraction = min(1, Double(state.bytes) / Double(totalBytes))
        let done = Int(fraction * Double(Self.barLength))
        let bar = String(repeating: "▇", count: done) + String(repeating: "░", count: Self.barLength - done)
        return "\(bar) \(Int(fraction * 100))%  \(byteText(state.bytes)) / \(byteText(totalBytes))  \(rate)  \(visible(state.name))"
    }
}
