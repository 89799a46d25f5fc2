import Model
import Synchronization

/// Says on a terminal how far a long transfer is, in one line that is wiped at the end.
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
    /// Nil where nothing is to be drawn.
    private let line: StatusLine?
    private let totalBytes: Int64?
    private let started: Timestamp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - totalBytes: nil where it is not known beforehand.
    ///   - isShown: draw at all; without a terminal nothing is drawn anyway.
    init(_ console: Console, totalBytes: Int64?, isShown: Bool) {
        self.console = console
        self.totalBytes = totalBytes
        let line = StatusLine(console)
        self.line = isShown && line.isShown ? line : nil
        started = console.now()
    }

    func begin(_ name: @autoclosure () -> String) {
        guard line != nil else { return }
        let name = name()
        state.withLock { state in
            state.name = name
            state.files += 1
        }
    }

    func add(_ byteCount: Int) {
        guard let line else { return }
        let shown = state.withLock { state -> String? in
            state.bytes += Int64(byteCount)
            let now = console.now()
            guard now.since(started) >= Self.delay, now.since(state.lastDrawn ?? started) >= Self.interval else { return nil }
            state.lastDrawn = now
            return text(state, now)
        }
        if let shown { line.draw(shown) }
    }

    /// Wipes the line.
    func end() {
        line?.wipe()
    }

    private func text(_ state: State, _ now: Timestamp) -> String {
        let microseconds = max(1, now.microseconds - started.microseconds)
        let rate = byteText(Int64(Double(state.bytes) * 1_000_000 / Double(microseconds))) + "/s"
        guard let totalBytes, totalBytes > 0 else {
            return "\(countText(state.files, "file"))  \(byteText(state.bytes))  \(rate)  \(visible(state.name))"
        }
        let fraction = min(1, Double(state.bytes) / Double(totalBytes))
        let done = Int(fraction * Double(Self.barLength))
        let bar = String(repeating: "▇", count: done) + String(repeating: "░", count: Self.barLength - done)
        return "\(bar) \(Int(fraction * 100))%  \(byteText(state.bytes)) / \(byteText(totalBytes))  \(rate)  \(visible(state.name))"
    }
}
