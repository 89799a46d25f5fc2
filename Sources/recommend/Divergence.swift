import ArgumentParser
import Recommenders

/// Measures an algorithm; where its training runs away, the exit code is one of its own, so that a search tells candidates that are no
/// good from what is broken.
func measuring(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch let error as RecommenderError where error.code == .diverged {
        Terminal.note("Error: \(error)")
        throw ExitCode(3)
    }
}
