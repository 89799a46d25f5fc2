import Files
import Foundation
@testable import GitStore
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Sweeping packs")
struct SweepTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    /// Sweeps what is not among `kept`.
    private func sweep(_ repository: GitRepository, keeping kept: [ObjectID], dryRun: Bool = false) throws -> PackSweep {
        var marks = try #require(try repository.holdPacks())
        defer { repository.releasePacks() }
        for id in kept { _ = marks.mark(id) }
        if !dryRun { repository.condemn(marks) }
        return try repository.sweep(marks, deadShareMin: 0, dryRun: dryRun)
    }

    private func has(_ id: ObjectID) throws -> Bool { try fixture.reopened().objects.contains(id) }

    @Test("what is marked stays, the rest goes, its bytes come back, and stock Git agrees")
    func sweep() throws {
        var random = SplitMix(seed: 3)
        var kept: [ObjectID] = []
        var gone: [ObjectID] = []
        for pack in 0..<6 {
            let ids = try fixture.pack((0..<20).map { _ in random.noise(2000) })
            // All of one, nothing of another, and parts of the rest.
            let count = [20, 0, 1, 10, 19, 10][pack]
            kept += ids.prefix(count)
            gone += ids.dropFirst(count)
        }
        let before = try fixture.byteCount()
        let plan = try sweep(repository, keeping: kept, dryRun: true)
        #expect(try fixture.byteCount() == before)
        let result = try sweep(repository, keeping: kept)
        #expect(plan.objectsRemoved == result.objectsRemoved && result.objectsRemoved == gone.count && result.stop == nil)
        let after = try fixture.byteCount()
        #expect(result.bytesFreed == before - after)
        #expect(abs(plan.bytesFreed - result.bytesFreed) < 4096)
        for reader in [repository.objects, try fixture.reopened().objects] {
            for id in kept { #expect(try ObjectHash.id(of: .blob, reader.read(id).bytes) == id) }
            for id in gone { #expect(try !reader.contains(id)) }
        }
        #expect(try repository.verify() == [])
        #expect(try fixture.git("fsck", "--strict", "--no-dangling") == "")
        #expect(try sweep(repository, keeping: kept) == PackSweep(), "nothing is left to do")
    }

    @Test("a writer who brings what is condemned writes it again; what was read before still can be")
    func condemned() throws {
        let id = try #require(try fixture.pack([[7, 7]]).first)
        let marks = try #require(try repository.holdPacks())
        defer { repository.releasePacks() }
        repository.condemn(marks)
        #expect(try !repository.objects.contains(id))
        #expect(try repository.objects.read(id).bytes == [7, 7])
        let batch = try repository.makeBatch()
        #expect(try batch.write(.blob, [7, 7]) == id)
        guard case .small(let landed) = try batch.finish() else {
            Issue.record("one small object lands")
            return
        }
        #expect(landed.map(\.id) == [id])
        // Published, the object is in a pack of the very name that is about to go.
        let old = try fixture.packNames()
        try repository.publish(landed)
        #expect(try fixture.packNames() == old)
        _ = try repository.sweep(marks, deadShareMin: 0, dryRun: false)
        #expect(try has(id), "a pack that was written again stays")
    }

    @Test("of an object that is there twice the damaged copy goes, never the sound one")
    func duplicates() throws {
        var random = SplitMix(seed: 5)
        let blob = random.noise(3000)
        // So small that the byte below is one of the blob, wherever it lies among them.
        let others = (0..<3).map { _ in random.noise(10) }
        try fixture.pack([blob] + others)
        try fixture.flipByte(of: ".pack", at: 1500)
        let repository = try fixture.reopened()
        // A batch notices the damage, and writes it again.
        let batch = try repository.makeBatch()
        let id = try batch.write(.blob, blob)
        guard case .small(let landed) = try batch.finish() else { return }
        try repository.publish(landed)
        #expect(try fixture.packNames().count == 2)
        _ = try sweep(repository, keeping: [id])
        #expect(try fixture.reopened().objects.read(id).bytes == blob)
    }

    @Test("what is in no use goes whichever of its bytes is damaged, and keeps nothing else from going", arguments: [false, true])
    func damagedGarbage(_ hasDeltas: Bool) throws {
        var random = SplitMix(seed: 11)
        let text = random.text(2000)
        let blobs = hasDeltas ? [text, text + [1], text + [2], text + [3]] : (0..<4).map { _ in random.noise(20) }
        let (fixture, ids) = hasDeltas ? try RepositoryFixture.packedByGit(blobs) : (self.fixture, try fixture.pack(blobs))
        let pack = try #require(try fixture.reopened().objects.packs.first)
        let entries = try pack.entries()
        let path = try fixture.onlyFile(".pack")
        let sound = try Data(contentsOf: URL(fileURLWithPath: path))
        // A delta, where there are any: nothing else needs it.
        let dead = try #require(try hasDeltas ? entries.first { try pack.deltas().map(\.id).contains($0.id) } : entries[1])
        for offset in dead.range {
            for mask in [0x10, 0xff] as [UInt8] {
                let copy = try RepositoryFixture()
                for suffix in [".pack", ".idx"] {
                    let file = try fixture.onlyFile(suffix)
                    let place = "\(copy.path)/objects/pack/\(URL(fileURLWithPath: file).lastPathComponent)"
                    try FileManager.default.copyItem(atPath: file, toPath: place)
                }
                var data = sound
                data[offset] ^= mask
                try copy.replace(copy.onlyFile(".pack"), with: data)
                let repository = try copy.reopened()
                let kept = ids.filter { $0 != dead.id }
                #expect(try sweep(repository, keeping: kept).stop == nil, "byte \(offset)")
                #expect(try repository.verify() == [], "byte \(offset)")
                for id in kept { #expect(try repository.objects.read(id).bytes == blobs[ids.firstIndex(of: id) ?? 0]) }
            }
        }
    }

    @Test("what is in use and damaged stays where it is, is told, and keeps no other pack from being written anew")
    func damageInUse() throws {
        var random = SplitMix(seed: 13)
        let hit = try fixture.pack((0..<2).map { _ in random.noise(3000) })
        let pack = try fixture.onlyFile(".pack")
        let first = try #require(try repository.objects.packs.first?.entries().first)
        let other = try fixture.pack((0..<2).map { _ in random.noise(1000) })
        var data = try Data(contentsOf: URL(fileURLWithPath: pack))
        data[first.range.lowerBound + 1000] ^= 1
        try fixture.replace(pack, with: data)
        let repository = try fixture.reopened()
        let result = try sweep(repository, keeping: [first.id, other[0]])
        #expect(result.stop?.code == .corrupt && result.objectsRemoved == 1 && result.packsWritten == 1)
        #expect(try Set(repository.verify().compactMap(\.object)) == [first.id])
        for id in hit + other { #expect(try has(id) == (id != other[1])) }
    }

    @Test("packs that someone keeps are left alone, and a pack with deltas is written whole")
    func foreignPacks() throws {
        var random = SplitMix(seed: 9)
        let text = random.text(50_000)
        let ids = try fixture.pack([text, text + [1], text + [2]])
        _ = try fixture.git(
            "-c", "extensions.preciousObjects=false", "-c", "core.repositoryformatversion=0", "repack", "-q", "-a", "--depth=5", input: "")
        _ = try sweep(try fixture.reopened(), keeping: [ids[1]])
        for id in ids { #expect(try has(id) == (id == ids[1])) }
        let name = try #require(try fixture.packNames().first)
        try fixture.createFile("objects/pack/\(name.dropLast(5)).keep")
        #expect(try sweep(try fixture.reopened(), keeping: []).packsRemoved == 0)
    }

    @Test("invariant 6: whichever sync, write or rename fails, what is in use stays", arguments: ["sync", "write", "rename"])
    func faults(_ call: String) throws {
        for number in 1...20 {
            let fixture = try RepositoryFixture()
            let first = try fixture.pack([[1], [2]])
            let second = try fixture.pack([[3], [4]])
            let fault = FaultTests.Fault(
                sync: call == "sync" ? number : .max, write: call == "write" ? number : .max, rename: call == "rename" ? number : .max)
            let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: fault.calls)
            let outcome = Result { try sweep(repository, keeping: [first[0], second[1]]) }
            for reader in [repository.objects, try fixture.reopened().objects] {
                for id in [first[0], second[1]] { #expect(throws: Never.self) { try reader.read(id) } }
            }
            // Who brings it again does not write what is there.
            for id in [first[1], second[0]] where try repository.objects.contains(id) {
                try repository.objects.refresh()
                #expect(throws: Never.self) { try repository.objects.read(id) }
            }
            let failed = if case .success(let result) = outcome { result.stop != nil } else { true }
            if !failed {
                #expect(number > 1)
                return
            }
        }
        Issue.record("the sweep never came through")
    }

    @Test("a pack that goes while its folder is read does not come back")
    func refreshing() throws {
        let gone = try fixture.pack([[1], [2]])
        let opened = Mutex<GitRepository?>(nil)
        var calls = FileCalls()
        calls.rename = { from, to in
            do {
                // Of all moments the one before the folder has anything to show.
                if from.hasSuffix(".idx") { try opened.withLock { $0 }?.objects.refresh() }
            } catch {
                Issue.record(error)
            }
            return Foundation.rename(from, to)
        }
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: calls)
        opened.withLock { $0 = repository }
        #expect(try sweep(repository, keeping: []).packsRemoved == 1)
        for id in gone { #expect(try !repository.objects.contains(id), "a writer who brings it must write it") }
    }

    @Test("with no space at all, packs in which nothing is in use go, and the rest stays")
    func fullDisk() throws {
        let dead = try fixture.pack([[1], [2]])
        let half = try fixture.pack([[3], [4]])
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: FaultTests.Fault(write: 1).calls)
        let result = try sweep(repository, keeping: [half[0]])
        #expect(result.packsRemoved == 1 && result.stop?.code == .outOfSpace && result.bytesFreed > 0)
        for id in dead + half { #expect(try has(id) == half.contains(id)) }
    }
}

extension RepositoryFixture {
    /// Bytes of all packs and indexes.
    func byteCount() throws -> Int {
        try packFolder().reduce(0) { total, name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/objects/pack/\(name)")
            return total + (attributes[.size] as? Int ?? 0)
        }
    }
}
