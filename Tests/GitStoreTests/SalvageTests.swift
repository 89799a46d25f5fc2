import Files
import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Packs that cannot be opened")
struct SalvageTests {
    let fixture: RepositoryFixture
    private let ids: [ObjectID]
    private let contents: [[UInt8]]
    private let sound: Data

    /// A pack of Git's own making, with a delta.
    init() throws {
        var random = SplitMix(seed: 17)
        let text = random.text(500)
        contents = [text, text + [1], random.noise(30), random.noise(40)]
        (fixture, ids) = try RepositoryFixture.packedByGit(contents, ["--delta-base-offset"])
        sound = try Data(contentsOf: URL(fileURLWithPath: fixture.onlyFile(".pack")))
    }

    private func damage(_ offset: Int) throws {
        var data = sound
        data[offset] ^= 0x21
        try fixture.replace(fixture.onlyFile(".pack"), with: data)
    }

    private func expectAll(but lost: ObjectID? = nil, _ what: String) throws {
        let repository = try fixture.reopened()
        for (id, bytes) in zip(ids, contents) where id != lost {
            #expect(try repository.objects.read(id).bytes == bytes, "\(what)")
        }
    }

    @Test(
        "with damage to the header or the trailer all is written anew, with or without the index", arguments: ["sound", "gone", "damaged"])
    func frame(_ index: String) throws {
        let path = try fixture.onlyFile(".idx")
        let soundIndex = try Data(contentsOf: URL(fileURLWithPath: path))
        for offset in Array(0..<12) + Array(sound.count - 20..<sound.count) {
            let what = "byte \(offset), index \(index)"
            for name in try fixture.packFolder() { try FileManager.default.removeItem(atPath: "\(fixture.path)/objects/pack/\(name)") }
            try sound.write(to: URL(fileURLWithPath: path.dropLast(4) + ".pack"))
            try soundIndex.write(to: URL(fileURLWithPath: path))
            try damage(offset)
            if index == "gone" { try FileManager.default.removeItem(atPath: path) }
            if index == "damaged" { try fixture.replace(path, with: soundIndex.prefix(soundIndex.count / 2)) }
            #expect(try !fixture.reopened().verify().isEmpty, "\(what)")
            #expect(try fixture.reopened().repairPacks()?.isEmpty == false, "\(what)")
            #expect(try fixture.reopened().verify() == [], "\(what)")
            try expectAll(what)
            #expect(try fixture.packNames().count == 1, "\(what)")
            #expect(try fixture.reopened().repairPacks() == [], "\(what): nothing is left to do")
        }
    }

    @Test("what cannot be read stays where it is, and is told; the rest can be read again", arguments: ["entry", "end"])
    func partly(_ what: String) throws {
        let entries = try #require(try fixture.reopened().objects.packs.first).entries()
        let lost = try #require(entries.last)
        if what == "end" {
            try fixture.replace(fixture.onlyFile(".pack"), with: sound.prefix(lost.range.upperBound - 1))
        } else {
            var data = sound
            data[3] ^= 1
            data[lost.range.upperBound - 3] ^= 1
            try fixture.replace(fixture.onlyFile(".pack"), with: data)
        }
        #expect(try fixture.reopened().repairPacks()?.count == 1)
        try expectAll(but: lost.id, what)
        let repository = try fixture.reopened()
        #expect(failure { _ = try repository.objects.read(lost.id) }?.code == .corrupt)
        #expect(try !repository.verify().isEmpty)
        #expect(try repository.unreadablePacks().count == 1)
        #expect(try repository.repairPacks() == [], "nothing is left to do")
        // Somebody knows that nobody needs it.
        #expect(try repository.removeUnreadable(repository.unreadablePacks()) > 0)
        #expect(try repository.verify() == [])
        try expectAll(but: lost.id, what)
    }

    @Test("the index of a damaged pack stays in its place all the while it is repaired: only by it is found what is behind the damage")
    func index() throws {
        let path = try fixture.onlyFile(".idx")
        let entries = try #require(try fixture.reopened().objects.packs.first).entries()
        var data = sound
        data[3] ^= 1
        data[try #require(entries.first).range.upperBound - 3] ^= 1
        try fixture.replace(fixture.onlyFile(".pack"), with: data)
        var calls = FileCalls()
        calls.rename = { from, to in
            #expect(from != path)
            return Foundation.rename(from, to)
        }
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: calls)
        _ = try repository.repairPacks()
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("invariant 6: a pack that can be opened after all is not removed")
    func recovered() throws {
        try damage(0)
        let repository = try fixture.reopened()
        let unreadable = try repository.unreadablePacks()
        #expect(unreadable.count == 1)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: fixture.onlyFile(".pack")))
        try file.write(contentsOf: sound)
        try file.close()
        try repository.objects.refresh()
        #expect(try repository.objects.header(of: ids[0]).kind == .blob)
        #expect(try repository.removeUnreadable(unreadable) == 0)
        try expectAll("opened later")
    }

    @Test("a damaged loose object that a pack has sound is removed; one that is nowhere else stays")
    func loose() throws {
        for (number, isElsewhere) in [true, false].enumerated() {
            let bytes = isElsewhere ? contents[2] : [9, 9, UInt8(number)]
            let id = ObjectHash.id(of: .blob, bytes)
            let folder = "\(fixture.path)/objects/\(id.description.prefix(2))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: "\(folder)/\(id.description.dropFirst(2))"))
            let repository = try fixture.reopened()
            #expect(try repository.verify().map(\.object) == [id])
            #expect(try repository.repairPacks()?.count == (isElsewhere ? 1 : 0))
            #expect(try repository.verify().isEmpty == isElsewhere)
        }
    }
}
