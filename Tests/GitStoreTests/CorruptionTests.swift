import Files
import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Damaged files")
struct CorruptionTests {
    /// A small pack of Git's own making, with deltas of either sort, and what is in it.
    private func fixtureWithDeltas(_ options: [String]) throws -> (RepositoryFixture, [ObjectID: StoredObject]) {
        let base = (0..<40).map { "line \($0)" }.joined(separator: "\n")
        let (fixture, ids) = try RepositoryFixture.packedByGit(
            [Array(base.utf8), Array((base + "x").utf8), Array((base + "xy").utf8), [1, 2, 3]], options)
        var objects: [ObjectID: StoredObject] = [:]
        for id in ids { objects[id] = try fixture.repository.objects.read(id) }
        return (fixture, objects)
    }

    /// Reads all there is to read: each object comes back whole, or the damage is reported.
    private func check(
        _ fixture: RepositoryFixture, _ objects: [ObjectID: StoredObject], _ what: String
    ) throws -> (damaged: Int, found: Int) {
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles())
        var damaged = 0
        for (id, object) in objects {
            do {
                let read = try repository.objects.read(id)
                #expect(read == object, "\(what)")
            } catch {
                #expect([.corrupt, .notFound, .tooLarge, .notSupported].contains(error.code), "\(what): \(error)")
                damaged += 1
            }
            _ = failure { _ = try repository.objects.header(of: id) }
            _ = failure { _ = try repository.objects.contains(id) }
        }
        return (damaged, try repository.verify().count)
    }

    @Test("invariant 7: every flipped byte of a pack is noticed", arguments: [["--delta-base-offset"], []])
    func pack(_ options: [String]) throws {
        let (fixture, objects) = try fixtureWithDeltas(options)
        let path = try fixture.onlyFile(".pack")
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in sound.indices {
            for mask in [0x01, 0x80, 0xff] as [UInt8] {
                var data = sound
                data[offset] ^= mask
                try fixture.replace(path, with: data)
                let result = try check(fixture, objects, "byte \(offset) ^ \(mask)")
                #expect(result.found > 0, "byte \(offset) ^ \(mask) is not noticed")
            }
        }
    }

    @Test("invariant 7: every flipped byte of an index is noticed")
    func index() throws {
        let (fixture, objects) = try fixtureWithDeltas([])
        let path = try fixture.onlyFile(".idx")
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in sound.indices {
            var data = sound
            data[offset] ^= 0xff
            try fixture.replace(path, with: data)
            let result = try check(fixture, objects, "byte \(offset)")
            #expect(result.found > 0, "byte \(offset) is not noticed")
        }
    }

    @Test("files cut short anywhere are noticed", arguments: [".pack", ".idx"])
    func truncation(_ suffix: String) throws {
        let (fixture, objects) = try fixtureWithDeltas(["--delta-base-offset"])
        let path = try fixture.onlyFile(suffix)
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in stride(from: 0, to: sound.count, by: suffix == ".idx" ? 7 : 1) {
            try fixture.replace(path, with: sound.prefix(length))
            let result = try check(fixture, objects, "\(length) bytes")
            #expect(result.damaged == objects.count && result.found > 0, "\(length) bytes are not noticed")
        }
    }

    @Test("random bytes in place of an index or a pack are survived", arguments: [11, 12, 13] as [UInt64])
    func noise(_ seed: UInt64) throws {
        let (fixture, objects) = try fixtureWithDeltas([])
        var random = SplitMix(seed: seed)
        for suffix in [".pack", ".idx"] {
            let path = try fixture.onlyFile(suffix)
            let sound = try Data(contentsOf: URL(fileURLWithPath: path))
            for round in 0..<100 {
                var data = sound
                // Header and trailer stay, so that what lies between is looked at.
                let start = suffix == ".idx" ? 8 + 1024 : 12
                for _ in 0..<Int.random(in: 1...60, using: &random) {
                    data[Int.random(in: start..<data.count - 20, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                try fixture.replace(path, with: data)
                _ = try check(fixture, objects, "seed \(seed), round \(round)")
            }
            try fixture.replace(path, with: sound)
        }
    }

    @Test("a pack that lost its index, or an index its pack, is not read, and reported", arguments: [".idx", ".pack"])
    func halves(_ suffix: String) throws {
        let fixture = try RepositoryFixture()
        let id = try fixture.pack([[1]])[0]
        try FileManager.default.removeItem(atPath: fixture.onlyFile(suffix))
        #expect(failure { _ = try fixture.reopened().objects.read(id) }?.code == .notFound)
        #expect(try fixture.reopened().verify().count == 1)
    }

    @Test("a check reads no further once nobody wants it any more")
    func abandonedCheck() throws {
        let fixture = try RepositoryFixture()
        for number: UInt8 in 1...3 { try fixture.pack([(0..<100).map { $0 &* number }]) }
        for name in try fixture.packNames() {
            let path = "\(fixture.path)/objects/pack/\(name)"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            bytes[bytes.count / 2] ^= 0x21
            try fixture.replace(path, with: bytes)
        }
        let repository = try fixture.reopened()
        #expect(try Set(repository.verify().map(\.file)).count == 3)
        var asked = 0
        let damage = try repository.verify {
            asked += 1
            return asked == 1
        }
        #expect(Set(damage.map(\.file)).count == 1)
    }

    @Test("a config that lost a line of ours, and a HEAD that names no branch, are damage; what a user adds is not")
    func settings() throws {
        let fixture = try RepositoryFixture()
        let config = "\(fixture.path)/config"
        let text = try String(contentsOfFile: config, encoding: .utf8)
        try (text + "[remote \"origin\"]\n\turl = elsewhere\n").write(toFile: config, atomically: true, encoding: .utf8)
        #expect(try fixture.reopened().verify() == [])
        try text.replacingOccurrences(of: "bare = true", with: "bare = tsue").write(toFile: config, atomically: true, encoding: .utf8)
        try "ref: refs/hea".write(toFile: "\(fixture.path)/HEAD", atomically: true, encoding: .utf8)
        #expect(try fixture.repository.verify().map(\.file) == ["config", "HEAD"])
    }

    /// An entry that is a delta to `base`, which has `size` bytes: it copies all of it.
    private func delta(to base: ObjectID, size: UInt8) -> [UInt8] {
        let delta = [size, size, 0x90, size] as [UInt8]
        return [0x70 | UInt8(delta.count)] + base.bytes + delta.withUnsafeBytes { Deflater.deflate($0) }
    }

    @Test("deltas in a circle, to themselves or to nothing are damage, not a trap")
    func pathologicalDeltas() throws {
        let fixture = try RepositoryFixture()
        var random = SplitMix(seed: 51)
        let ids = (0..<4).map { _ in ObjectID(random.noise(20)) }
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
        for (id, base) in [(ids[0], ids[1]), (ids[1], ids[0]), (ids[2], ids[2]), (ids[3], ObjectID(random.noise(20)))] {
            let entry = delta(to: base, size: 5)
            try writer.append(entry: entry, crc: entry.withUnsafeBytes { PackEntry.crc($0) }, of: id)
        }
        try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        for id in ids {
            #expect(failure { _ = try fixture.repository.objects.read(id) }?.code == .corrupt)
            #expect(failure { _ = try fixture.repository.objects.header(of: id) }?.code == .corrupt)
        }
        #expect(try Set(fixture.repository.verify().compactMap(\.object)) == Set(ids))
    }

    @Test("a size that no object has is damage: who adds sizes up would trap on it")
    func impossibleSizes() throws {
        let fixture = try RepositoryFixture()
        var random = SplitMix(seed: 53)
        let whole = ObjectID(random.noise(20))
        let changed = ObjectID(random.noise(20))
        let loose = ObjectID(random.noise(20))
        let base = landedObject(.blob, Array("01234".utf8))
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
        try writer.append(base)
        // 2⁶⁰ − 1 of the one, and 2⁶³ − 1 of the other, which copies its base.
        let wholeEntry = [0xbf] + Array(repeating: 0xff, count: 7) + [0x7f] + [UInt8](1...8)
        let size = Array(repeating: 0xff, count: 8) + [0x7f] as [UInt8]
        let program = [5] + size + [0x90, 5]
        let deltaEntry = [0x70 | UInt8(program.count)] + base.id.bytes + program.withUnsafeBytes { Deflater.deflate($0) }
        for (id, entry) in [(whole, wholeEntry), (changed, deltaEntry)] {
            try writer.append(entry: entry, crc: entry.withUnsafeBytes { PackEntry.crc($0) }, of: id)
        }
        try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        let path = fixture.repository.objects.loose.path(of: loose)
        try FileManager.default.createDirectory(atPath: Folder.parent(of: path), withIntermediateDirectories: true)
        let text = Array("blob \(Int.max)\0x".utf8)
        try Data(text.withUnsafeBytes { Deflater.deflate($0) }).write(to: URL(fileURLWithPath: path))
        for id in [whole, changed, loose] {
            #expect(failure { _ = try fixture.repository.objects.header(of: id) }?.code == .corrupt, "\(id)")
            #expect(failure { _ = try fixture.repository.objects.read(id) }?.code == .corrupt, "\(id)")
        }
    }

    @Test("a chain of deltas as long as Git makes them is read")
    func longChain() throws {
        let fixture = try RepositoryFixture()
        let base = landedObject(.blob, Array("01234".utf8))
        var random = SplitMix(seed: 52)
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
        try writer.append(base)
        // Each has the content of the base, under an id of its own: what is read is the same, only the last one's id is wrong.
        var last = base.id
        for _ in 0..<Limits.deltaDepthMax {
            let entry = delta(to: last, size: 5)
            last = ObjectID(random.noise(20))
            try writer.append(entry: entry, crc: entry.withUnsafeBytes { PackEntry.crc($0) }, of: last)
        }
        try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        #expect(try fixture.repository.objects.header(of: last) == ObjectHeader(kind: .blob, size: 5))
        #expect(failure { _ = try fixture.repository.objects.read(last) }?.cause == "its bytes do not hash to its id")
    }

    @Test("an index with offsets beyond two gigabytes comes back")
    func largeOffsets() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/large.idx"
        var random = SplitMix(seed: 31)
        let offsets = [12, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 1 << 40]
        let unsorted = offsets.map { PackedObject(id: ObjectID(random.noise(20)), crc: UInt32($0 & 0xffff), offset: $0) }
        let objects = unsorted.sorted { $0.id < $1.id }
        let checksum = ObjectID(random.noise(20))
        try PackIndexWriter.write(objects, packChecksum: checksum, to: try File.create(path))
        let index = try PackIndex(path: path)
        #expect(index.count == objects.count)
        #expect(index.packChecksum == checksum)
        for (position, object) in objects.enumerated() {
            #expect(index.position(of: object.id) == position)
            #expect(index.crc(at: position) == object.crc)
            #expect(try index.offset(of: object.id) == object.offset)
        }
        #expect(try index.offset(of: ObjectID(random.noise(20))) == nil)
    }

    @Test("a sound copy elsewhere is found in place of a damaged one")
    func secondCopy() throws {
        let fixture = try RepositoryFixture()
        let object = landedObject(.blob, Array("twice".utf8))
        try fixture.repository.publish([object])
        try fixture.flipByte(of: ".pack", at: 18)
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
        try writer.append(landedObject(.blob, [1]))
        try writer.append(object)
        try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        let repository = try fixture.reopened()
        for _ in 0..<3 { #expect(try repository.objects.read(object.id).bytes == Array("twice".utf8)) }
        #expect(try !repository.verify().isEmpty)
    }
}
