import GitStore
import Ledger
import Metadata
import Model
import Operations
import Storage
import Testing

@testable import Engine

@Suite("What is appended while others write")
struct FileAppendTests {
    /// What others do between the two halves of an append to /a.
    enum Change: CaseIterable {
        case append, deletion, otherFile, otherDeletion
    }

    @Test("lands at once unless the file itself changed, and takes nothing of theirs along", arguments: Change.allCases)
    func rounds(beside change: Change) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let input = try CommitReference("in@master")
            let (path, other) = (try FilePath("/a"), try FilePath("/other"))
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(path, [1]), (other, [1])], in: input)
            var expected: [FilePath: [UInt8]] = [path: [1], other: [1]]

            let repo = try await engine.ledger.read { try $0.existingRepo(input.repo) }
            let pieces = try engine.ledger.store(repo).makeBatch()
            defer { pieces.abandon() }
            let piece = PlacedFile(path: path, file: try FileIngest.store([2], to: pieces))
            let appended = FileChange(description: "", pieces: [piece], mode: .append)
            var append = FileAppend(appended, pieces, to: ChangeTarget(repo: repo, reference: input), engine.ledger)
            let round = try await append.prepare()
            switch change {
            case .append:
                _ = try await engine.put([(path, [3])], in: input, mode: .append)
                expected[path] = [1, 3]
            case .deletion:
                _ = try await engine.deleteFile(FileReference(commit: input, path: path), recursive: false)
                expected[path] = nil
            case .otherFile:
                _ = try await engine.put([(other, [3])], in: input)
                expected[other] = [3]
            case .otherDeletion:
                _ = try await engine.deleteFile(FileReference(commit: input, path: other), recursive: false)
                expected[other] = nil
            }
            let hasLanded = try await append.land(round) != nil
            #expect(hasLanded == [.otherFile, .otherDeletion].contains(change))
            if !hasLanded { _ = try await append.land() }
            expected[path, default: []].append(2)
            #expect(try await engine.files(of: input) == expected)
        }
    }
}
