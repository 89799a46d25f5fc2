import Foundation
@testable import GitStore
import Model
import Storage
import Testing

@Suite("Damaged files")
struct CorruptionTests {
    /// A small pack of Git's own making, with deltas of either sort, and what is in it.
    private func fixtureWithDeltas(_ options: [String]) throws -> (RepositoryFixture, [ObjectID: StoredObject]) {
        let source = try RepositoryFixture()
        let base = (0..<40).map { "line \($0)" }.joined(separator: "\n")
        let ids = try source.pack([Array(base.utf8), Array((base + "x").utf8), Array((base + "xy").utf8), [1, 2, 3]])
        let fixture = try RepositoryFixture()
        let packed = try source.run(
            "git", ["--git-dir", source.path, "pack-objects", "-q", "--no-reuse-delta", "\(fixture.path)/objects/pack/pack"] + options,
            input: ids.map { "\($0)\n" }.joined())
        #expect(packed.status == 0)
        #expect(try fixture.git("verify-pack", "-v", fixture.onlyFile(".idx")).contains("chain length"))
        var objects: [ObjectID: StoredObject] = [:]
        for id in ids { objects[id] = try fixture.repository.objects.read(id) }
        return (fixture, objects)
    }

    /// Reads all there is to read: each object comes back whole, or the damage is reported.
    private func check(_ fixture: RepositoryFixture, _ objects: [ObjectID: StoredObject], _ what: String) throws -> (damaged: Int, found: Int) {
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
        var random = SplitMix64(seed: seed)
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

    @Test("a pack that lost its index, or an index its pack, is not read")
    func halves() throws {
        let fixture = try RepositoryFixture()
        let id = try fixture.pack([[1]])[0]
        try FileManager.default.removeItem(atPath: fixture.onlyFile(".idx"))
        #expect(failure { _ = try fixture.reopened().objects.read(id) }?.code == .notFound)
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
