import Model

/// A failure of the engine or the front, as the terminal shows it: what, why, and what would help.
struct Failure: Error, CustomStringConvertible {
    let error: PachError

    init(_ error: PachError) {
        self.error = error
    }

    var description: String {
        var lines = [error.message]
        if let cause = error.cause { lines.append("Caused by: \(cause)") }
        if let hint = error.hint { lines.append("Hint: \(hint)") }
        return lines.joined(separator: "\n")
    }
}
