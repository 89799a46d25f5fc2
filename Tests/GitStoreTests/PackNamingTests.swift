import Files
import Foundation
@testable import GitStore
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Packs that are being named")
struct PackNamingTests {
    /// Reads a repo's folder of packs at each rename and at each sync of a folder, as merges and readers may do at any time.
    private final class Watch: Sendable {
        private let watched = Mutex<RepositoryObjects?>(nil)
        private let found = Mutex<Set<Int>>([])
        private let counter = Counter()
        private let ids: [ObjectID]
        private let failing: String?

        /// - Parameters:
        ///   - ids: are looked for.
        ///   - step: fails, after that look: `rename 1`, say, is the first rename.
        init(for ids: [ObjectID], failing step: String?) {
            self.ids = ids
            failing = step
        }

        func open(_ path: String) throws -> GitRepository {
            var calls = FileCalls()
            calls.rename = { [self] in fails("rename") ? -1 : Foundation.rename($0, $1) }
            calls.sync = { [self] descriptor in
                var status = stat()
                let isFolder = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                return isFolder && fails("sync") ? -1 : fsync(descriptor)
            }
            let repository = try GitRepository(opening: path, files: OpenFiles(), calls: calls)
            watched.withLock { $0 = repository.objects }
            return repository
        }

        /// How many of the objects could be counted on, at any of these moments.
        var counts: Set<Int> { found.withLock { $0 } }

        private func fails(_ sort: String) -> Bool {
            #expect(throws: Never.self) { try look() }
            let fails = "\(sort) \(counter.next(sort))" == failing
            errno = ENOSPC
            return fails
        }

        private func look() throws {
            guard let objects = watched.withLock({ $0 }) else { return }
            try objects.refresh()
            let count = try ids.count { try objects.contains($0) }
            _ = found.withLock { $0.insert(count) }
        }
    }

    @Test(
        "invariant 2: a batch's packs are counted on once their names are durable, and never where they do not become so",
        arguments: [nil, "rename 1", "rename 2", "rename 3", "rename 4", "sync 1"])
    func batch(_ failing: String?) throws {
        var random = SplitMix(seed: 1)
        let contents = (0..<4).map { _ in random.noise(300_000) }
        let ids = contents.map { ObjectHash.id(of: .blob, $0) }
        let fixture = try RepositoryFixture()
        let watch = Watch(for: ids, failing: failing)
        let repository = try watch.open(fixture.path)
        let batch = ObjectBatch(repository: repository, base: repository.objects, packByteCount: 500_000)
        for content in contents { _ = try batch.write(.blob, content) }
        let error = failure { _ = try batch.finish() }
        #expect(error?.code == failing.map { _ in .outOfSpace })
        #expect(watch.counts == [0])
        for id in ids {
            #expect(try repository.objects.contains(id) == (failing == nil))
            #expect(failure { _ = try repository.objects.read(id) }?.code == failing.map { _ in .notFound })
        }
        #expect(try fixture.packNames().count == (failing == nil ? 2 : 0))
    }

    @Test(
        "a pack that was there before is counted on all the while it is written again", arguments: [nil, "rename 1", "rename 2", "sync 1"])
    func again(_ failing: String?) throws {
        let fixture = try RepositoryFixture()
        let blobs: [[UInt8]] = [[1], [2]]
        let ids = try fixture.pack(blobs)
        let watch = Watch(for: ids, failing: failing)
        let repository = try watch.open(fixture.path)
        let error = failure { try repository.publish(blobs.map { landedObject(.blob, $0) }) }
        #expect(error?.code == failing.map { _ in .outOfSpace })
        #expect(watch.counts == [2])
        for id in ids {
            #expect(try repository.objects.contains(id))
            #expect(try fixture.reopened().objects.read(id).kind == .blob)
        }
    }
}
