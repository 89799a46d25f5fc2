import Model

/// A command line that cannot be meant: it ends the program with 64 (`EX_USAGE`, sysexits.h), where other failures end it with 1.
struct UsageError: Error {
    var error: PachError

    init(_ message: String, hint: String? = nil) {
        error = PachError(.invalidArgument, message, hint: hint)
    }

    /// - Parameter what: what could not be done, before the error's own sentence.
    init(_ error: PachError, _ what: String? = nil) {
        self.error = error
        if let what { self.error.message = "\(what): \(error.message)" }
    }
}

/// Reads an argument that has a form of its own, such as a name or reference.
func parsing<Value>(_ value: @autoclosure () throws -> Value) throws -> Value {
    do {
        return try value()
    } catch let error as PachError {
        throw UsageError(error)
    }
}
