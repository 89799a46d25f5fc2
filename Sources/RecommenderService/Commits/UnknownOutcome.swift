import Model

/// Nobody knows whether a request was stored: whoever sends it again may have it stored twice.
struct UnknownOutcome: Error {
    /// What it is called if it was.
    var name: RequestName
    var cause: any Error

    /// Whether the engine may have done what it was asked for, though it failed: it did not come to say that it did not.
    static func mayFollow(_ failure: any Error) -> Bool {
        guard let error = failure as? PachError else { return true }
        return [.unavailable, .stopped].contains(error.code)
    }
}
