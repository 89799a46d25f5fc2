import Synchronization

/// A line on the terminal that shows errors and progress: drawn anew, wiped at the end. Without such a terminal nothing is drawn.
final class StatusLine: Sendable {
    private let console: Console
    private let columns: Int?
    private let isDrawn = Mutex(false)

    init(_ console: Console) {
        self.console = console
        columns = console.errorColumns
    }

    var isShown: Bool { columns != nil }

    func draw(_ text: String) {
        guard let columns else { return }
        isDrawn.withLock { isDrawn in
            // Back to the margin, the line, and nothing of an earlier longer one (ECMA-48, EL). The last column stays free.
            console.writeError("\r\(fitted(text, columns - 1))\u{1B}[K")
            isDrawn = true
        }
    }

    func wipe() {
        replace {}
    }

    /// Wipes the line.
    /// - Parameter print: writes what is to stand in its place.
    func replace(_ print: () throws -> Void) rethrows {
        try isDrawn.withLock { isDrawn in
            if isDrawn { console.writeError("\r\u{1B}[K") }
            isDrawn = false
            try print()
        }
    }
}
