import Dispatch
import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite struct CachingReaderTests {
    private final class Counter: ObjectReader {
        let objects = InMemoryStore()
        let reads = Mutex(0)

        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            reads.withLock { $0 += 1 }
            return try objects.read(id)
        }
        func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try objects.header(of: id) }
        func contains(_ id: ObjectID) throws(PachError) -> Bool { try objects.contains(id) }
    }

    private func tree(_ number: Int, size: Int) -> [UInt8] {
        Array(repeating: UInt8(truncatingIfNeeded: number), count: size) + Array("\(number)".utf8)
    }

    @Test("a tree is read once, a file each time")
    func keepsTrees() throws {
        let counter = Counter()
        let caching = CachingReader(counter, cache: TreeCache())
        let tree = try counter.objects.write(.tree, tree(1, size: 10)), blob = try counter.objects.write(.blob, [1])
        for _ in 0..<3 {
            #expect(try caching.read(tree) == counter.objects.read(tree))
            #expect(try caching.header(of: tree) == counter.objects.header(of: tree))
            _ = try caching.read(blob)
            #expect(try caching.contains(tree) && caching.contains(blob))
        }
        #expect(counter.reads.withLock { $0 } == 4)
        #expect(failure { _ = try caching.read(ObjectHash.id(of: .tree, [9])) } == .notFound)
    }

    @Test("the least recently read trees go, and the limit holds (invariant 8)")
    func bounded() throws {
        let counter = Counter()
        let cache = TreeCache(byteCountMax: 10_000), caching = CachingReader(counter, cache: cache)
        let ids = try (0..<40).map { try counter.objects.write(.tree, tree($0, size: 840)) }
        for id in ids {
            _ = try caching.read(ids[0])
            _ = try caching.read(id)
            #expect(cache.byteCount <= 10_000)
        }
        // The first was read between all others, the last is the newest; the second went long ago.
        let before = counter.reads.withLock { $0 }
        _ = try caching.read(ids[0])
        _ = try caching.read(ids[39])
        #expect(counter.reads.withLock { $0 } == before)
        _ = try caching.read(ids[1])
        #expect(counter.reads.withLock { $0 } == before + 1)
        _ = try caching.read(try counter.objects.write(.tree, tree(99, size: 9_000)))
        #expect(try caching.read(ids[39]).bytes == tree(39, size: 840))
        #expect(cache.byteCount <= 10_000)
    }

    @Test("a tree that was just written is not read back")
    func remembers() throws {
        let counter = Counter()
        let caching = CachingReader(counter, cache: TreeCache())
        let store = TreeRememberingStore(counter.objects, cache: caching)
        let tree = tree(1, size: 10)
        let id = try store.write(.tree, tree), blob = try store.write(.blob, [1])
        #expect(try caching.read(id).bytes == tree)
        #expect(counter.reads.withLock { $0 } == 0)
        #expect(try caching.read(blob).bytes == [1] && store.read(id).bytes == tree && store.contains(blob))
        #expect(counter.reads.withLock { $0 } == 1)
    }

    @Test("readers share one bound, and not what they read (invariant 8)")
    func sharedBound() throws {
        let cache = TreeCache(byteCountMax: 10_000)
        let counters = (0..<20).map { _ in Counter() }
        let readers = counters.map { CachingReader($0, cache: cache) }
        for reader in 0..<20 {
            for number in 0..<5 { _ = try readers[reader].read(counters[reader].objects.write(.tree, tree(number, size: 840))) }
            #expect(cache.byteCount <= 10_000)
        }
        // The second tree of the last reader is there, and that of the first would be found nowhere but in its own repo.
        let before = counters[19].reads.withLock { $0 }
        let id = ObjectHash.id(of: .tree, tree(1, size: 840))
        _ = try readers[19].read(id)
        #expect(counters[19].reads.withLock { $0 } == before)
        let empty = CachingReader(Counter(), cache: cache)
        #expect(failure { _ = try empty.read(id) } == .notFound)
    }

    @Test("of a tree that is changed again and again two versions are kept, and each can be read")
    func superseded() throws {
        let counter = Counter()
        let cache = TreeCache()
        let caching = CachingReader(counter, cache: cache)
        let store = TreeRememberingStore(counter.objects, cache: caching)
        var ids: [ObjectID] = []
        for number in 0..<100 { ids.append(try store.write(.tree, tree(number, size: 10_000), madeFrom: ids.last)) }
        #expect(cache.byteCount < 3 * 10_000)
        _ = try caching.read(ids[98])
        _ = try caching.read(ids[99])
        #expect(counter.reads.withLock { $0 } == 0)
        #expect(try caching.read(ids[0]).bytes == tree(0, size: 10_000))
    }

    @Test("threads can share it")
    func shared() throws {
        let counter = Counter()
        let cache = TreeCache(byteCountMax: 5_000), caching = CachingReader(counter, cache: cache)
        let ids = try (0..<50).map { try counter.objects.write(.tree, tree($0, size: 300)) }
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var generator = SplitMix(seed: UInt64(thread))
            for _ in 0..<2_000 {
                let index = Int.random(in: 0..<50, using: &generator)
                if (try? caching.read(ids[index]).bytes) != tree(index, size: 300) { wrong.withLock { $0 += 1 } }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
        #expect(cache.byteCount <= 5_000)
    }
}
