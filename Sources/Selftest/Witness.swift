internal import Synchronization

/// What programs said of folders, each asked once about the same bytes: most of what a trial leaves is as others left it.
final class Witness: Sendable {
    private struct Question: Hashable {
        var words: [String]
        /// Of the folder.
        var fingerprint: Int
    }

    private let answers = Mutex<[Question: ProgramOutcome]>([:])

    /// - Parameters:
    ///   - folder: all that the answer depends on.
    ///   - ask: runs the program.
    func answer(to words: [String], about folder: String, ask: () throws -> ProgramOutcome) throws -> ProgramOutcome {
        let question = Question(words: words, fingerprint: try FileTree(reading: folder).fingerprint)
        if let answer = answers.withLock({ $0[question] }) { return answer }
        let answer = try ask()
        answers.withLock { $0[question] = answer }
        return answer
    }
}
