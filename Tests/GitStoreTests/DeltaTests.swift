import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Versions of listings as deltas")
struct DeltaTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    /// A tree's bytes, its entries in order.
    private func listing(_ entries: [Int: ObjectID]) -> [UInt8] {
        entries.sorted { $0.key < $1.key }.flatMap { key, id in
            Array("100644 \(String(repeating: "0", count: 8 - "\(key)".count))\(key)\0".utf8) + id.bytes
        }
    }

    private func makeDelta(_ target: [UInt8], _ base: [UInt8], byteCountMax: Int = .max) -> [UInt8]? {
        target.withUnsafeBytes { target in base.withUnsafeBytes { Delta.make(of: target, from: $0, byteCountMax: byteCountMax) } }
    }

    @Test("a delta gives the listing that it was made of, and is about as long as what was edited", arguments: 0..<20 as Range<UInt64>)
    func make(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let blobs = (0..<3000).map { _ in ObjectID(random.noise(20)) }
        var entries: [Int: ObjectID] = [:]
        for blob in blobs.prefix(2000) { entries[Int.random(in: 0..<1_000_000, using: &random)] = blob }
        let base = listing(entries)
        let editCount = Int.random(in: 0..<40, using: &random)
        for number in 0..<editCount {
            let key = [Int.random(in: 0..<1_000_000, using: &random), entries.keys.sorted().randomElement(using: &random) ?? 0][number % 2]
            entries[key] = number % 3 == 0 ? nil : blobs[2000 + number]
        }
        let target = listing(entries)
        let delta = try #require(makeDelta(target, base))
        let given = delta.withUnsafeBytes { delta in base.withUnsafeBytes { Delta.apply(delta, to: $0) } }
        #expect(given == target, "seed \(seed)")
        #expect(delta.count <= 16 + editCount * 80, "seed \(seed)")
        #expect(makeDelta(target, base, byteCountMax: delta.count - 1) == nil)
    }

    @Test("what has little in common has no short delta; what is empty, repeated or cut short has one")
    func extremes() throws {
        var random = SplitMix(seed: 1)
        let (one, other) = (random.noise(300_000), random.noise(300_000))
        #expect(makeDelta(one, other, byteCountMax: 30_000) == nil)
        let long = [UInt8](repeating: 7, count: 0x2_0001_0000 >> 6)
        for (target, base) in [
            ([], one), (one, one), (Array(one.prefix(1000)), one), (one + one, one), (long, long), (Array(one.dropFirst(200_000)), one),
        ] {
            let delta = try #require(makeDelta(target, base))
            #expect(delta.withUnsafeBytes { delta in base.withUnsafeBytes { Delta.apply(delta, to: $0) } } == target)
        }
    }

    /// Versions of a listing that grows by an entry each, and the blobs that they name.
    private func writeVersions(_ count: Int, entryCount: Int, roundCount: Int) throws -> [ObjectID: [UInt8]] {
        var random = SplitMix(seed: 11)
        var entries: [Int: ObjectID] = [:]
        var landed: [LandedObject] = []
        func add() {
            let blob = landedObject(.blob, random.noise(8))
            landed.append(blob)
            entries[Int.random(in: 0..<99_999_999, using: &random)] = blob.id
        }
        for _ in 0..<entryCount { add() }
        var contents: [ObjectID: [UInt8]] = [:]
        var last: ObjectID?
        for version in 0..<count {
            add()
            let base = Overlay(landed: Dictionary(landed.map { ($0.id, $0) }, uniquingKeysWith: { $1 }), packs: repository.objects)
            let batch = try repository.makeBatch(base: base)
            let bytes = listing(entries)
            let id = try batch.write(.tree, bytes, madeFrom: last)
            guard case .small(let objects) = try batch.finish() else {
                Issue.record("a listing lands")
                return [:]
            }
            landed += objects
            contents[id] = bytes
            last = id
            if version % roundCount == roundCount - 1 {
                try repository.publish(landed)
                landed = []
            }
        }
        try repository.publish(landed)
        return contents
    }

    /// What landed over what is in packs, as the ledger has it.
    private struct Overlay: ObjectReader {
        var landed: [ObjectID: LandedObject]
        var packs: RepositoryObjects

        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            guard let object = landed[id] else { return try packs.read(id) }
            return try object.inflate { (base) throws(PachError) in try read(base) }
        }
        func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
            let object = try read(id)
            return ObjectHeader(kind: object.kind, size: object.bytes.count)
        }
        func contains(_ id: ObjectID) throws(PachError) -> Bool {
            if landed[id] != nil { return true }
            return try packs.contains(id)
        }
    }

    private func expectAll(_ contents: [ObjectID: [UInt8]]) throws {
        for reader in [repository.objects, try fixture.reopened().objects] {
            for (id, bytes) in contents {
                #expect(try reader.read(id) == StoredObject(kind: .tree, bytes: bytes))
                #expect(try reader.header(of: id) == ObjectHeader(kind: .tree, size: bytes.count))
            }
        }
        #expect(try repository.verify() == [])
        #expect(try fixture.git("fsck", "--strict", "--no-dangling") == "")
        let packed = contents.keys.map { "\($0) \(contents[$0]?.count ?? 0)" }.sorted().joined(separator: "\n") + "\n"
        let asked = contents.keys.map { "\($0)\n" }.joined()
        let answer = try fixture.git("cat-file", "--batch-check=%(objectname) %(objectsize)", input: asked)
        #expect(answer.split(separator: "\n").sorted().joined(separator: "\n") + "\n" == packed)
    }

    @Test("a listing that grows by an entry a version takes little, before and after merging, and stock Git reads each version")
    func growth() throws {
        let contents = try writeVersions(60, entryCount: 200, roundCount: 5)
        try expectAll(contents)
        while try repository.mergePacks(.eager) != nil {}
        try expectAll(contents)
        let verbose = try fixture.git("verify-pack", "-v", fixture.onlyFile(".idx"))
        #expect(verbose.contains("chain length = 1:") && !verbose.contains("chain length = 2:"), "a version is one delta away")
        let wholeByteCount = contents.values.reduce(0) { $0 + $1.count }
        #expect(try fixture.byteCount() < wholeByteCount / 5, "a fifth, the index and all blobs included")
    }

    @Test("the index of a pack with deltas is written anew from the pack")
    func index() throws {
        let contents = try writeVersions(20, entryCount: 200, roundCount: 30)
        let index = try fixture.onlyFile(".idx")
        let before = try Data(contentsOf: URL(fileURLWithPath: index))
        try FileManager.default.removeItem(atPath: index)
        #expect(try fixture.reopened().repairPacks()?.count == 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: index)) == before)
        try repository.objects.refresh()
        try expectAll(contents)
    }

    @Test("a batch that becomes too large for landing writes packs that refer to nothing outside of them")
    func spill() throws {
        var random = SplitMix(seed: 2)
        let entries = Dictionary(uniqueKeysWithValues: (0..<500).map { ($0, ObjectID(random.noise(20))) })
        let old = landedObject(.tree, listing(entries))
        try repository.publish([old])
        let batch = try repository.makeBatch()
        var versions: [ObjectID: [UInt8]] = [:]
        for key in 600..<603 {
            let bytes = listing(entries.merging([key: ObjectID(random.noise(20))]) { $1 })
            versions[try batch.write(.tree, bytes, madeFrom: old.id)] = bytes
        }
        _ = try batch.write(.blob, random.noise(400_000))
        for (id, bytes) in versions { #expect(try batch.read(id).bytes == bytes) }
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("so much goes into packs")
            return
        }
        for pack in packs { try fixture.git("verify-pack", "\(fixture.path)/objects/pack/\(pack).idx") }
        for (id, bytes) in versions { #expect(try fixture.reopened().objects.read(id).bytes == bytes) }
    }

    @Test("a delta for which a batch has no room in memory is not written to a pack without its base")
    func spillByDelta() throws {
        var random = SplitMix(seed: 4)
        let entries = Dictionary(uniqueKeysWithValues: (0..<500).map { ($0, ObjectID(random.noise(20))) })
        let old = landedObject(.tree, listing(entries))
        try repository.publish([old])
        let new = listing(entries.merging([600: ObjectID(random.noise(20))]) { $1 })
        let batch = try repository.makeBatch()
        _ = try batch.write(.blob, random.noise(Limits.heldByteCountMax - 50))
        let id = try batch.write(.tree, new, madeFrom: old.id)
        #expect(try batch.read(id).bytes == new)
        guard case .packed(let packs) = try batch.finish() else {
            Issue.record("so much goes into packs")
            return
        }
        for pack in packs { try fixture.git("verify-pack", "\(fixture.path)/objects/pack/\(pack).idx") }
        #expect(try fixture.reopened().objects.read(id).bytes == new)
    }

    @Test("what a delta refers to stays with it when nothing else needs it, and goes with it")
    func sweep() throws {
        let contents = try writeVersions(30, entryCount: 200, roundCount: 10)
        let order = contents.sorted { $0.value.count < $1.value.count }.map(\.key)
        for kept in [[order[5], order[17], order[29]], []] {
            let repository = try fixture.reopened()
            var marks = try #require(try repository.holdPacks())
            for id in kept { _ = marks.mark(id) }
            repository.condemn(marks)
            let plan = try repository.sweep(marks, deadShareMin: 0, dryRun: true)
            #expect(try repository.sweep(marks, deadShareMin: 0, dryRun: false).objectsRemoved == plan.objectsRemoved)
            repository.releasePacks()
            for id in kept { #expect(try fixture.reopened().objects.read(id).bytes == contents[id]) }
            #expect(try repository.verify() == [])
        }
        #expect(try fixture.packNames().isEmpty)
    }

    @Test("an index that takes another object for a delta's base hits its own pack alone")
    func misnamedBase() throws {
        var random = SplitMix(seed: 3)
        let entries = Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, ObjectID(random.noise(20))) })
        let base = landedObject(.tree, listing(entries))
        let other = landedObject(.tree, listing([1: ObjectID(random.noise(20))]))
        func version(_ key: Int) throws -> LandedObject {
            let bytes = listing(entries.merging([key: ObjectID(random.noise(20))]) { $1 })
            let delta = try #require(makeDelta(bytes, listing(entries)))
            return LandedObject(
                id: ObjectHash.id(of: .tree, bytes), kind: .tree, size: bytes.count,
                deflated: delta.withUnsafeBytes { Deflater.deflate($0) },
                basis: LandedObject.Basis(id: base.id, deltaByteCount: delta.count))
        }
        let (hit, sound) = (try version(200), try version(300))
        try repository.publish([base, other, hit])
        let index = try #require(repository.objects.packs.first?.index)
        let (from, to) = (try #require(index.position(of: other.id)), try #require(index.position(of: base.id)))
        let offsets = PackIndex.signature.count + PackIndex.fanoutByteCount + index.count * (ObjectID.byteCount + 4)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: index.path))
        for byte in 0..<4 { bytes[offsets + 4 * to + byte] = bytes[offsets + 4 * from + byte] }
        try repository.publish([sound])
        try bytes.write(to: URL(fileURLWithPath: index.path))
        let objects = try fixture.reopened().objects
        #expect(failure { _ = try objects.read(hit.id) }?.code == .corrupt)
        #expect(ObjectHash.id(of: .tree, try objects.read(sound.id).bytes) == sound.id)
        #expect(ObjectHash.id(of: .tree, try objects.readBase(base.id).bytes) == base.id)
    }
}
