import ArgumentParser
import Recommenders

/// Runs a check of options; what it finds becomes a mistake in the command's usage, with that exit code.
func asUsage<Result>(_ check: () throws(RecommenderError) -> Result) throws -> Result {
    do {
        return try check()
    } catch {
        throw ValidationError(error.description)
    }
}
