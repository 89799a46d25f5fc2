import Files
import Foundation
@testable import GitStore
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Batches of objects")
struct ObjectBatchTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    /// A batch that begins a pack at every few kilobytes.
    private func batchOfSmallPacks() -> ObjectBatch {
        ObjectBatch(repository: repository, base: repository.objects, packByteCount: 20_000)
    }

    @Test("few objects stay in memory, and the disk as it was")
    func small() throws {
        let batch = try repository.makeBatch()
        let id = try batch.write(.blob, Array("hello\n".utf8))
        #expect(id.description == "ce013625030ba8dba906f756967f9e9ca394464a")
        #expect(try batch.write(.blob, Array("hello\n".utf8)) == id)
        #expect(try batch.read(id).bytes == Array("hello\n".utf8))
        #expect(try batch.header(of: id) == ObjectHeader(kind: .blob, size: 6))
        guard case .small(let landed) = try batch.finish() else {
            Issue.record("six bytes are few")
            return
        }
        #expect(landed.map(\.id) == [id])
        #expect(try landed[0].inflate() == StoredObject(kind: .blob, bytes: Array("hello\n".utf8)))
        #expect(try fixture.packFolder() == [])
        #expect(try !repository.objects.contains(id))
        #expect(try repository.publish(landed) != nil)
        #expect(try fixture.git("cat-file", "blob", "\(id)") == "hello\n")
        let packs = try fixture.packFolder()
        #expect(try repository.publish(landed) != nil)
        #expect(try fixture.packFolder() == packs, "a repetition makes the same pack")
    }

    @Test("an empty batch writes nothing")
    func empty() throws {
        #expect(try repository.makeBatch().finish() == .small([]))
        #expect(try repository.publish([]) == nil)
        #expect(try fixture.packFolder() == [])
    }

    @Test("random objects of all kinds and sizes come back, from the batch, the repo and stock Git", arguments: [1, 2, 3] as [UInt64])
    func roundTrips(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let batch = batchOfSmallPacks()
        var written: [ObjectID: StoredObject] = [:]
        for _ in 0..<400 {
            let size = Int.random(in: 0...Int.random(in: 0...10_000, using: &random), using: &random)
            let bytes = Bool.random(using: &random) ? random.noise(size) : random.text(size)
            let id = try batch.write(.blob, bytes)
            written[id] = StoredObject(kind: .blob, bytes: bytes)
            if let (id, object) = written.randomElement(using: &random) {
                #expect(try batch.read(id) == object, "seed \(seed)")
                #expect(try batch.header(of: id) == ObjectHeader(kind: object.kind, size: object.bytes.count), "seed \(seed)")
                #expect(try batch.contains(id), "seed \(seed)")
            }
        }
        let large = random.noise(1_500_000)
        written[try batch.write(.blob, large)] = StoredObject(kind: .blob, bytes: large)
        let names = try fixture.packFolder()
        #expect(names.allSatisfy { $0.hasPrefix("tmp_pach_") }, "nothing has a name before the batch is finished")
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("seed \(seed): more than a megabyte is packed")
            return
        }
        #expect(packs.count > 1)
        #expect(try fixture.packNames() == packs.map { "\($0).pack" }.sorted())
        for repository in [repository, try fixture.reopened()] {
            for (id, object) in written {
                #expect(try repository.objects.read(id) == object, "seed \(seed)")
                #expect(try repository.objects.header(of: id).size == object.bytes.count, "seed \(seed)")
            }
            #expect(try repository.verify() == [])
        }
        // Stock Git agrees on every object, each pack, and the whole.
        let listed = try fixture.git("cat-file", "--batch-check", "--batch-all-objects").split(separator: "\n").map(String.init)
        #expect(Set(listed) == Set(written.map { "\($0) blob \($1.bytes.count)" }), "seed \(seed)")
        for pack in packs { try fixture.git("verify-pack", "\(fixture.path)/objects/pack/\(pack).idx") }
        #expect(try fixture.git("fsck", "--strict", "--no-dangling") == "")
    }

    @Test(
        "sizes at the edges of the formats come back",
        arguments: [0, 1, 15, 16, 2047, 2048, 4095, 4096, 65535, 65536, 131_072, 262_143, 262_144, 1 << 20])
    func sizes(_ size: Int) throws {
        var random = SplitMix(seed: UInt64(size))
        let contents = [random.noise(size), random.text(size), [UInt8](repeating: 7, count: size)]
        let ids = try fixture.pack(contents)
        for (id, content) in zip(ids, contents) { #expect(try repository.objects.read(id).bytes == content) }
        try fixture.git("fsck", "--strict")
    }

    @Test("what the base has is not written again")
    func duplicates() throws {
        var random = SplitMix(seed: 4)
        let old = random.noise(400_000)
        let id = try fixture.pack([old])[0]
        let batch = try repository.makeBatch()
        #expect(try batch.write(.blob, old) == id)
        #expect(try batch.finish() == .small([]))
    }

    @Test("a damaged copy does not count: the object is written again")
    func healing() throws {
        let content = Array("precious".utf8)
        let id = try fixture.pack([content])[0]
        try fixture.flipByte(of: ".pack", at: 18)
        let repository = try fixture.reopened()
        #expect(failure { _ = try repository.objects.read(id) }?.code == .corrupt)
        let batch = try repository.makeBatch()
        #expect(try batch.write(.blob, content) == id)
        guard case .small(let landed) = try batch.finish() else {
            Issue.record("few bytes stay in memory")
            return
        }
        try repository.publish(landed + [landedObject(.blob, [1])])
        #expect(try repository.objects.read(id).bytes == content)
        #expect(try fixture.reopened().objects.read(id).bytes == content)
    }

    @Test("invariant 7: a landed object that was damaged is not published")
    func damagedLanding() throws {
        var object = landedObject(.blob, Array("landed".utf8))
        object.id = ObjectHash.id(of: .blob, [])
        #expect(failure { try repository.publish([landedObject(.blob, [1]), object]) }?.code == .corrupt)
        object.deflated[5] ^= 1
        #expect(failure { try repository.publish([object]) }?.code == .corrupt)
        #expect(try fixture.packFolder() == [])
    }

    @Test("an abandoned batch leaves nothing, be it told or forgotten")
    func abandon() throws {
        var random = SplitMix(seed: 5)
        var batch: ObjectBatch? = batchOfSmallPacks()
        for _ in 0..<60 { _ = try batch?.write(.blob, random.noise(10_000)) }
        #expect(try fixture.packFolder().count > 2)
        #expect(repository.objects.files.count > 0)
        batch?.abandon()
        #expect(try fixture.packFolder() == [])
        #expect(repository.objects.files.count == 0, "a file that is removed but open takes its room on the disk still")
        #expect(failure { _ = try batch?.write(.blob, [1]) }?.code == .stopped)
        #expect(failure { _ = try batch?.finish() }?.code == .stopped)

        batch = batchOfSmallPacks()
        for _ in 0..<60 { _ = try batch?.write(.blob, random.noise(10_000)) }
        batch = nil
        #expect(try fixture.packFolder() == [])
        #expect(repository.objects.files.count == 0)
    }

    @Test("many threads write and read one batch")
    func concurrency() async throws {
        let batch = batchOfSmallPacks()
        let written = try await withThrowingTaskGroup(of: [ObjectID: [UInt8]].self) { group in
            for task in 0..<6 as Range<UInt64> {
                group.addTask {
                    // Every second object is one that the others write too.
                    var own = SplitMix(seed: task + 100)
                    var common = SplitMix(seed: 99)
                    var written: [ObjectID: [UInt8]] = [:]
                    for number in 0..<100 {
                        let bytes = number % 2 == 0 ? own.noise(3000) : common.noise(3000)
                        let id = try batch.write(.blob, bytes)
                        written[id] = bytes
                        if let (id, bytes) = written.randomElement(using: &own) {
                            let read = try batch.read(id).bytes
                            #expect(read == bytes)
                        }
                    }
                    return written
                }
            }
            return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        }
        #expect(written.count == 6 * 50 + 50)
        _ = try batch.finish()
        let listed = try fixture.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects", "--unordered").split(separator: "\n")
        #expect(listed.count == written.count, "each object is there once")
        for (id, bytes) in written { #expect(try repository.objects.read(id).bytes == bytes) }
        #expect(try repository.verify() == [])
    }
}

@Suite("Injected faults")
struct FaultTests {
    /// Lets the n-th call of one sort fail, and counts them.
    final class Fault: Sendable {
        private let countdown: Counter
        let calls: FileCalls

        init(sync: Int = .max, write: Int = .max, rename: Int = .max) {
            let countdown = Counter()
            self.countdown = countdown
            var calls = FileCalls()
            calls.sync = { countdown.next("sync") == sync ? Fault.fail(EIO) : fsync($0) }
            calls.write = { countdown.next("write") == write ? Int(Fault.fail(ENOSPC)) : pwritev($0, $1, $2, $3) }
            calls.rename = { countdown.next("rename") == rename ? Fault.fail(EIO) : Foundation.rename($0, $1) }
            self.calls = calls
        }

        func count(_ name: String) -> Int { countdown.count(name) }

        private static func fail(_ code: Int32) -> Int32 {
            errno = code
            return -1
        }
    }

    @Test("a sync that fails ends the writer for good", arguments: 1...2)
    func writer(_ sync: Int) throws {
        let fixture = try RepositoryFixture()
        let fault = Fault(sync: sync)
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack", calls: fault.calls)
        try writer.append(landedObject(.blob, [1, 2, 3]))
        #expect(failure { _ = try writer.complete() }?.code == .io)
        let count = fault.count("sync")
        #expect(failure { _ = try writer.complete() }?.code == .io)
        #expect(failure { try writer.append(landedObject(.blob, [4])) }?.code == .io)
        #expect(failure { _ = try writer.data() }?.code == .io)
        #expect(fault.count("sync") == count, "no second sync is tried")
        writer.abandon()
        #expect(try fixture.packFolder() == [])
    }

    @Test("a write of many pieces that the kernel takes a part of goes on there", arguments: [1, 2, 3] as [UInt64])
    func partialWrites(_ seed: UInt64) throws {
        let folder = try TemporaryFolder()
        let random = Mutex(SplitMix(seed: seed))
        var calls = FileCalls()
        calls.write = { file, vectors, count, offset in
            var taken = Array(UnsafeBufferPointer(start: vectors, count: random.withLock { Int.random(in: 1...Int(count), using: &$0) }))
            taken[taken.count - 1].iov_len = (taken[taken.count - 1].iov_len + 1) / 2
            return pwritev(file, taken, Int32(taken.count), offset)
        }
        let file = try File.create("\(folder.path)/file", calls: calls)
        let pieces = (0..<40).map { number in random.withLock { ByteSlice($0.noise(number % 5 * 13)) } }
        try file.write([1, 2, 3], at: 0)
        try file.write(pieces, at: 3)
        let whole = [1, 2, 3] + pieces.flatMap(\.bytes)
        #expect(try file.read(at: 0, count: whole.count + 1) == whole)
    }

    @Test("more pieces than one call takes are all written")
    func manyPieces() throws {
        let folder = try TemporaryFolder()
        let file = try File.create("\(folder.path)/file")
        let pieces = (0..<2500).map { ByteSlice([UInt8(truncatingIfNeeded: $0), 1, 2], 1 - $0 % 2..<2) }
        try file.write(pieces, at: 0)
        #expect(try file.read(at: 0, count: 10_000) == pieces.flatMap(\.bytes))
    }

    @Test("invariants 2 and 7: whichever call fails, the batch fails, nothing is named, and nothing is left")
    func everyCall() throws {
        let reference = Fault()
        #expect(try attempt(reference) == nil)
        let sorts: [(String, (Int) -> Fault, PachError.Code)] = [
            ("sync", { Fault(sync: $0) }, .io), ("write", { Fault(write: $0) }, .outOfSpace), ("rename", { Fault(rename: $0) }, .io),
        ]
        for (sort, make, code) in sorts {
            #expect(reference.count(sort) > 0)
            for number in 1...reference.count(sort) {
                #expect(try attempt(make(number))?.code == code, "\(sort) \(number)")
            }
        }
    }

    @Test("objects that are written together make packs that any Git reads", arguments: [1, 2] as [UInt64])
    func together(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let fixture = try RepositoryFixture()
        let repository = fixture.repository
        let batch = ObjectBatch(repository: repository, base: repository.objects, packByteCount: 2_000_000)
        var written: [PendingObject] = []
        var contents: [[UInt8]] = []
        while contents.count < 100 {
            let objects = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                random.noise(Int.random(in: 20_000...180_000, using: &random))
            }
            written += batch.beginWriting(.blob, objects.map { ByteSlice($0) })
            contents += objects
        }
        let ids = try written.map { (object) throws(PachError) in try object.id() }
        #expect(ids == contents.map { ObjectHash.id(of: .blob, $0) })
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("ten megabytes are packed")
            return
        }
        #expect((2...5).contains(packs.count), "about 2, 4 and 8 MB")
        for pack in packs { _ = try fixture.git("verify-pack", "\(fixture.path)/objects/pack/\(pack).idx") }
        _ = try fixture.git("fsck", "--strict")
        #expect(try fixture.reopened().verify() == [])
    }

    @Test(
        "where it is known how much will come, the last pack is small: its checksum takes a second look at it",
        arguments: [(false, 1), (false, 8), (true, 1), (true, 8)])
    func announced(_ isAnnounced: Bool, _ openCountMax: Int) throws {
        var random = SplitMix(seed: 11)
        let fixture = try RepositoryFixture()
        let batch = fixture.makeBatch(packByteCount: 500_000, openPackCountMax: openCountMax)
        // 0.5, 1 and 2 MB, and then most of 4 MB; or eight of 0.8 MB.
        let objects = (0..<70).map { _ in random.noise(100_000) }
        if isAnnounced { batch.expect(objectCount: 70, byteCount: 7_000_000) }
        for object in objects { _ = try batch.write(.blob, object) }
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("seven megabytes are packed")
            return
        }
        let sizes = try fixture.sizes(of: packs)
        let last = try #require(sizes.last)
        #expect(isAnnounced ? last < 900_000 && sizes.count <= 4 + openCountMax : last > 3_000_000, "\(sizes)")
        _ = try fixture.git("fsck", "--strict")
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("an announcement that is far from what comes does no harm", arguments: [Int.max, -1, 3_000_000, 1], [1, 8])
    func wronglyAnnounced(_ byteCount: Int, _ openCountMax: Int) throws {
        var random = SplitMix(seed: 12)
        let fixture = try RepositoryFixture()
        let batch = fixture.makeBatch(packByteCount: 500_000, openPackCountMax: openCountMax)
        for _ in 0..<3 { batch.expect(objectCount: byteCount / 100_000, byteCount: byteCount) }
        let ids = try (0..<70).map { _ in try batch.write(.blob, random.noise(100_000)) }
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("seven megabytes are packed")
            return
        }
        #expect((4...3 + 2 * openCountMax + 1).contains(packs.count), "\(packs.count)")
        for id in ids { #expect(try fixture.repository.objects.contains(id)) }
        _ = try fixture.git("fsck", "--strict")
    }

    @Test("packs that share objects have their room at once, and keep none that they do not need")
    func reserve() throws {
        var random = SplitMix(seed: 13)
        let fixture = try RepositoryFixture()
        let batch = fixture.makeBatch(packByteCount: 500_000, openPackCountMax: 2)
        batch.expect(objectCount: 100, byteCount: 10_000_000)
        for _ in 0..<20 { _ = try batch.write(.blob, random.noise(100_000)) }
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("two megabytes are packed")
            return
        }
        for pack in packs {
            let file = "\(fixture.path)/objects/pack/\(pack).pack"
            let blocks = try fixture.run("stat", ["--format", "%b %s", file]).successful().text.split(whereSeparator: \.isWhitespace)
            let numbers = blocks.compactMap { Int($0) }
            #expect(numbers.count == 2 && numbers[0] * 512 <= numbers[1] + 8192, "\(blocks)")
        }
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("what nobody asks for is stored all the same when the batch is finished")
    func neverAskedFor() throws {
        var random = SplitMix(seed: 14)
        let fixture = try RepositoryFixture()
        let batch = try fixture.repository.makeBatch()
        let contents = (0..<5).map { _ in random.noise(100_000) }
        _ = batch.beginWriting(.blob, contents.map { ByteSlice($0) })
        guard case .packed = try batch.finish() else {
            Issue.record("half a megabyte is packed")
            return
        }
        for content in contents { #expect(try fixture.repository.objects.read(ObjectHash.id(of: .blob, content)).bytes == content) }
    }

    @Test("what one thread waits for while another finishes the batch is stored when it is finished", arguments: [18, 19] as [UInt64])
    func waitedForMeanwhile(_ seed: UInt64) async throws {
        var random = SplitMix(seed: seed)
        let fixture = try RepositoryFixture()
        for _ in 0..<20 {
            let batch = try fixture.repository.makeBatch()
            let contents = (0..<12).map { _ in random.noise(Int.random(in: 40_000...200_000, using: &random)) }
            let objects = batch.beginWriting(.blob, contents.map { ByteSlice($0) })
            async let waiting = Task.detached { try objects.reversed().map { try $0.id() } }.value
            _ = try batch.finish()
            // Nothing of it may be left to do for who waited.
            for content in contents { #expect(try fixture.repository.objects.contains(ObjectHash.id(of: .blob, content)), "seed \(seed)") }
            #expect(try await waiting.count == contents.count, "seed \(seed)")
        }
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("packs share what comes evenly, also where more comes than they take")
    func evenShares() throws {
        var random = SplitMix(seed: 16)
        let fixture = try RepositoryFixture()
        let batch = fixture.makeBatch(packByteCount: 20_000, openPackCountMax: 4)
        batch.expect(objectCount: 500, byteCount: 5_000_000)
        for _ in 0..<500 { _ = try batch.write(.blob, random.noise(10_000)) }
        let packs = try packs(of: batch)
        // Four packs of 0.32 MB at a time.
        let sizes = try fixture.sizes(of: packs)
        #expect(sizes.prefix(12).allSatisfy { (250_000...400_000).contains($0) }, "\(sizes)")
        #expect(sizes.count <= 20, "\(sizes)")
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("an announcement of what is there already makes no packs")
    func nothingNew() throws {
        var random = SplitMix(seed: 17)
        let fixture = try RepositoryFixture()
        let contents = (0..<100).map { _ in random.noise(50_000) }
        try fixture.pack(contents)
        let batch = fixture.makeBatch(packByteCount: 200_000, openPackCountMax: 8)
        batch.expect(objectCount: 107, byteCount: 5_350_000)
        for (number, content) in contents.enumerated() {
            _ = try batch.write(.blob, content)
            if number % 15 == 0 { _ = try batch.write(.blob, random.noise(50_000)) }
        }
        let packs = try packs(of: batch)
        let sizes = try fixture.sizes(of: packs)
        #expect(sizes.allSatisfy { $0 > 40_000 }, "\(sizes)")
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("what comes after an announcement that came to nothing makes no packs of one object")
    func announcedInVain() throws {
        var random = SplitMix(seed: 20)
        let fixture = try RepositoryFixture()
        let contents = (0..<90).map { _ in random.noise(100_000) }
        try fixture.pack(contents)
        let batch = fixture.makeBatch(packByteCount: 2_000_000, openPackCountMax: 8)
        batch.expect(objectCount: 90, byteCount: 9_000_000)
        // More than is kept in memory, so that a pack is begun while much is expected.
        for _ in 0..<6 { _ = try batch.write(.blob, random.noise(50_000)) }
        for content in contents { _ = try batch.write(.blob, content) }
        for _ in 0..<60 { _ = try batch.write(.blob, random.noise(50_000)) }
        let packs = try packs(of: batch)
        #expect(packs.count <= 4, "\(packs.count)")
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("many batches at once have few packs open beside one each (invariant 8), and others have them next")
    func furtherPacksOfAll() throws {
        var random = SplitMix(seed: 21)
        let fixture = try RepositoryFixture()
        func begunBatch() throws -> ObjectBatch {
            let batch = fixture.makeBatch(packByteCount: 100_000, openPackCountMax: 8)
            batch.expect(objectCount: 1000, byteCount: 20_000_000)
            for _ in 0..<22 { _ = try batch.write(.blob, random.noise(20_000)) }
            return batch
        }
        func openPackCount() throws -> Int {
            try Folder.names(in: "\(fixture.path)/objects/pack").count { $0.hasPrefix(PackWriter.temporaryPrefix) && $0.hasSuffix(".pack") }
        }
        let batches = try (0..<5).map { _ in try begunBatch() }
        #expect(try openPackCount() == batches.count + Limits.furtherPackCountMax)
        for batch in batches { batch.abandon() }
        #expect(try openPackCount() == 0)
        #expect(try packs(of: begunBatch()).count == 8)
        #expect(try fixture.reopened().verify() == [])
    }

    /// Finishes a batch that is too large to be kept in memory.
    private func packs(of batch: ObjectBatch) throws -> [PackName] {
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("so much is packed")
            return []
        }
        return packs
    }

    @Test("a batch that nobody wants any more leaves nothing, though some of its objects were not asked for")
    func dropped() throws {
        var random = SplitMix(seed: 15)
        let fixture = try RepositoryFixture()
        var batch: ObjectBatch? = try fixture.repository.makeBatch()
        for _ in 0..<5 { _ = try batch?.write(.blob, random.noise(100_000)) }
        #expect(try fixture.packFolder().count == 1)
        _ = batch?.beginWriting(.blob, (0..<3).map { _ in ByteSlice(random.noise(100_000)) })
        batch?.abandon()
        batch = nil
        #expect(try fixture.packFolder() == [])
    }

    /// Writes a batch of several packs with a fault, and checks what is left of it.
    private func attempt(_ fault: Fault) throws -> PachError? {
        let fixture = try RepositoryFixture()
        let before = try fixture.pack([[1]])
        let packs = try fixture.packFolder()
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: fault.calls)
        let batch = ObjectBatch(repository: repository, base: repository.objects, packByteCount: 200_000)
        var random = SplitMix(seed: 6)
        let contents = (0..<10).map { _ in random.noise(100_000) }
        let error = failure {
            for content in contents { _ = try batch.write(.blob, content) }
            guard case .packed = try batch.finish() else {
                Issue.record("a megabyte is packed")
                return
            }
        }
        if let error {
            #expect(failure { _ = try batch.write(.blob, [9]) } == error, "the batch stays failed")
            #expect(failure { _ = try batch.finish() } == error)
            batch.abandon()
            #expect(try fixture.packFolder() == packs)
            #expect(try !repository.objects.contains(ObjectHash.id(of: .blob, contents[0])))
        }
        #expect(try repository.objects.read(before[0]).bytes == [1])
        #expect(try fixture.reopened().verify() == [])
        return error
    }
}

/// Counts by name.
final class Counter: Sendable {
    private let lock = NSLock()
    private nonisolated(unsafe) var counts: [String: Int] = [:]  // guarded by `lock`

    func next(_ name: String) -> Int {
        lock.withLock {
            counts[name, default: 0] += 1
            return counts[name, default: 0]
        }
    }

    func count(_ name: String) -> Int {
        lock.withLock { counts[name, default: 0] }
    }
}

extension RepositoryFixture {
    /// The path of the only pack, or of its index.
    func onlyFile(_ suffix: String) throws -> String {
        let names = try packFolder().filter { $0.hasSuffix(suffix) }
        #expect(names.count == 1)
        return "\(path)/objects/pack/\(try #require(names.first))"
    }

    /// Changes a byte of the only pack, or its index.
    func flipByte(of suffix: String, at offset: Int) throws {
        let path = try onlyFile(suffix)
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        data[offset] ^= 0x55
        try replace(path, with: data)
    }

    /// Gives a read-only file new content, in a new file, as disks and people do; we map indexes.
    func replace(_ path: String, with data: Data) throws {
        try FileManager.default.removeItem(atPath: path)
        try data.write(to: URL(fileURLWithPath: path))
    }
}
