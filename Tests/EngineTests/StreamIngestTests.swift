import GitStore
import Model
import Storage
import TestSupport
import Testing

@testable import Engine

@Suite("Files that arrive as streams")
struct StreamIngestTests {
    @Test("more at once than libdispatch has threads are all stored", .timeLimit(.minutes(1)))
    func many() async throws {
        var random = SplitMix(seed: 1)
        let piece = random.noise(1_200_000)
        try await withTemporaryFolder { folder in
            let repository = try GitRepository.create(at: "\(folder)/a.git", title: "a", files: OpenFiles())
            let batches = try (0..<300).map { _ in try repository.makeBatch() }
            let files = try await withThrowingTaskGroup(of: StoredFile.self) { group in
                for batch in batches {
                    group.addTask {
                        let ingest = StreamIngest(batch, byteCount: nil)
                        try await ingest.write(piece)
                        return try await ingest.finish()
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for batch in batches { batch.abandon() }
            #expect(files == Array(repeating: files[0], count: 300))
        }
    }
}
