import ArgumentParser
import Model

/// Runs a check of options; what it finds becomes a mistake in the command's usage, with that exit code.
func asUsage<Result, Mistake: Error & CustomStringConvertible>(_ check: () throws(Mistake) -> Result) throws -> Result {
    do {
        return try check()
    } catch {
        throw ValidationError((error as? PachError)?.descriptionWithHint ?? error.description)
    }
}
