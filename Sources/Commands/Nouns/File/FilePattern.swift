import Model
import Operations

/// Files as a command line names them: `repo@ref:/path`, where the path may be a pattern.
struct FilePattern {
    var commit: CommitReference
    /// As written.
    var pattern: String

    init(_ text: String) throws(PachError) {
        let parsed = try CommitReference.withPath(text)
        commit = parsed.commit
        pattern = parsed.path ?? "/"
    }

    /// Whether it has a sign that means something in a pattern (reference 2.3).
    var hasMetacharacters: Bool { pattern.utf8.contains { "*?[]{}()!@+\\".utf8.contains($0) } }

    /// What it names: the file or folder of that very name; where there is none, all that match.
    /// - Throws: `notFound` where nothing is named.
    func matches(_ engine: any Operations) async throws -> Matches {
        do {
            return .literal(try await engine.inspectFile(FileReference(commit: commit, path: FilePath(pattern))))
        } catch let error as PachError where hasMetacharacters && (error.code == .notFound || error.code == .invalidArgument) {
            let matches = try await patternMatches(engine)
            guard !matches.isEmpty else {
                throw PachError(
                    error.code, error.message, cause: error.cause,
                    hint: "Nothing matches it as a pattern either; 'pach list file \(commit):/' shows what there is.")
            }
            return .pattern(matches)
        }
    }

    /// None where it is no pattern: a name may have a sign of one.
    private func patternMatches(_ engine: any Operations) async throws -> [FileInfo] {
        do {
            return try await engine.globFiles(pattern, in: commit)
        } catch let error as PachError where error.code == .invalidArgument {
            return []
        }
    }

    enum Matches {
        case literal(FileInfo)
        /// In order of path, at least one.
        case pattern([FileInfo])

        var files: [FileInfo] {
            switch self {
            case .literal(let file): [file]
            case .pattern(let files): files
            }
        }
    }
}
