import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Beside stock Git")
struct StockGitTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    /// A history of files that change a little, so that Git finds deltas.
    private func makeHistory() throws -> [ObjectID: StoredObject] {
        var random = SplitMix(seed: 7)
        var lines = (0..<400).map { _ in "\(random.next())" }
        var parent: ObjectID?
        for _ in 0..<12 {
            lines[Int.random(in: 0..<400, using: &random)] = "\(random.next())"
            let head = try fixture.commit([lines.joined(separator: "\n"), "same"], parent: parent)
            try repository.set(RefName(.master), to: head, expecting: .anything)
            parent = head
        }
        return try allObjects()
    }

    /// Every object, as stock Git reads it.
    private func allObjects() throws -> [ObjectID: StoredObject] {
        var objects: [ObjectID: StoredObject] = [:]
        for id in try fixture.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split(separator: "\n") {
            let id = try #require(ObjectID(hex: id))
            objects[id] = try repository.objects.read(id)
            #expect(objects[id].map { ObjectHash.id(of: $0.kind, $0.bytes) } == id)
        }
        return objects
    }

    private func expectAll(_ objects: [ObjectID: StoredObject], in repository: GitRepository) throws {
        for (id, object) in objects {
            #expect(try repository.objects.read(id) == object)
            #expect(try repository.objects.header(of: id) == ObjectHeader(kind: object.kind, size: object.bytes.count))
        }
        #expect(try repository.verify() == [])
    }

    @Test("what git maintenance packs of loose objects is read, and can go")
    func looseObjectsTask() throws {
        let id = try #require(ObjectID(hex: fixture.git("hash-object", "-w", "--stdin", input: "loose").dropLast()))
        // The first run packs them, the second removes them.
        for _ in 0..<2 { try fixture.git("maintenance", "run", "--task=loose-objects") }
        #expect(try URL(fileURLWithPath: fixture.onlyFile(".pack")).lastPathComponent.hasPrefix("loose-"))
        let repository = try fixture.reopened()
        #expect(try repository.objects.read(id).bytes == Array("loose".utf8))
        #expect(try repository.objects.contains(id) && repository.verify() == [])
        let marks = try #require(try repository.holdPacks())
        #expect(try repository.sweep(marks, deadShareMin: 0, dryRun: false).packsRemoved == 1)
        repository.releasePacks()
        #expect(try !repository.objects.contains(id))
    }

    @Test("deltas that Git made are read", arguments: [["--delta-base-offset"], []])
    func deltas(_ options: [String]) throws {
        let objects = try makeHistory()
        let ids = objects.keys.sorted().map { "\($0)\n" }.joined()
        // Into a repo that has nothing else.
        let other = try RepositoryFixture()
        let packed = try fixture.run(
            "git",
            [
                "--git-dir", fixture.path, "pack-objects", "-q", "--threads=1", "--window=50", "--depth=40",
                "\(other.path)/objects/pack/pack",
            ] + options,
            input: ids)
        #expect(packed.code == 0)
        let verbose = try other.git("verify-pack", "-v", other.onlyFile(".idx"))
        #expect(verbose.contains("chain length = 2"), "Git found deltas")
        try expectAll(objects, in: other.repository)
        #expect(try other.repository.mergePacks(.eager) == nil)

        // Joined with a pack that has some of the objects whole, and with one that has others.
        let some = objects.sorted { $0.key < $1.key }.prefix(10)
        try other.repository.publish(some.map { landedObject($0.value.kind, $0.value.bytes) })
        try other.pack([[1], [2]])
        #expect(try other.repository.mergePacks(.eager)?.joined.count == 3)
        try expectAll(objects, in: other.reopened())
        #expect(try other.git("fsck", "--strict", "--no-dangling") == "")
        #expect(try other.git("verify-pack", "-v", other.onlyFile(".idx")).contains("chain length = 1"), "deltas are kept")
    }

    @Test("a pack with large offsets is read")
    func largeOffsets() throws {
        let objects = try makeHistory()
        let ids = objects.keys.sorted().map { "\($0)\n" }.joined()
        let other = try RepositoryFixture()
        let packed = try fixture.run(
            "git", ["--git-dir", fixture.path, "pack-objects", "-q", "--index-version=2,0x40", "\(other.path)/objects/pack/pack"],
            input: ids)
        #expect(packed.code == 0)
        try expectAll(objects, in: other.repository)
    }

    @Test("what Git writes loose is read, and not counted on")
    func loose() throws {
        let content = String(repeating: "loose ", count: 100_000)
        let id = try #require(ObjectID(hex: fixture.git("hash-object", "-w", "--stdin", input: content).prefix(40)))
        #expect(try repository.objects.read(id) == StoredObject(kind: .blob, bytes: Array(content.utf8)))
        #expect(try repository.objects.header(of: id) == ObjectHeader(kind: .blob, size: content.utf8.count))
        #expect(try !repository.objects.contains(id))
        let tag = "object \(id)\ntype blob\ntag t\ntagger a <a@example.org> 0 +0000\n\nm\n"
        let tagID = try #require(ObjectID(hex: fixture.git("mktag", input: tag).prefix(40)))
        #expect(try repository.objects.read(tagID) == StoredObject(kind: .tag, bytes: Array(tag.utf8)))
        #expect(try repository.verify() == [])

        try fixture.replace(repository.objects.loose.path(of: id), with: Data("not zlib".utf8))
        #expect(failure { _ = try repository.objects.read(id) }?.code == .corrupt)
        #expect(try repository.verify().map(\.object) == [id])
    }

    @Test("a user's gc, repack and prune lose nothing, named or not")
    func housekeeping() throws {
        var objects = try makeHistory()
        // Nothing refers to these.
        for id in try fixture.pack([Array("unreachable 1".utf8), Array("unreachable 2".utf8)]) {
            objects[id] = try repository.objects.read(id)
        }
        let loose = try #require(ObjectID(hex: fixture.git("hash-object", "-w", "--stdin", input: "loose").prefix(40)))
        objects[loose] = StoredObject(kind: .blob, bytes: Array("loose".utf8))

        let commands = [
            ["gc", "--prune=now", "-q"], ["gc", "--aggressive", "--prune=now", "-q"], ["repack", "-ad", "-q"], ["repack", "-Ad", "-q"],
            ["repack", "-a", "-q"], ["repack", "--geometric=2", "-d", "-q"], ["prune", "--expire=now"], ["prune-packed"],
            ["maintenance", "run", "-q"], ["reflog", "expire", "--expire=now", "--all"], ["pack-refs", "--all"],
        ]
        for command in commands {
            // Git may refuse; what matters is what it did.
            let result = try fixture.run("git", ["--git-dir", fixture.path] + command)
            try expectAll(objects, in: repository)
            try expectAll(objects, in: fixture.reopened())
            #expect(try fixture.git("fsck", "--strict", "--no-dangling") == "", "\(command), \(result.code)")
        }
        #expect(try fixture.git("rev-list", "--count", "master") == "12\n")
        #expect(FileManager.default.fileExists(atPath: "\(fixture.path)/objects/info/commit-graph") == false)
        #expect(FileManager.default.fileExists(atPath: "\(fixture.path)/objects/pack/multi-pack-index") == false)
    }

    @Test("a clone brings the files")
    func clone() throws {
        let head = try fixture.commit(["one", "two"])
        try repository.set(RefName(.master), to: head, expecting: .absent)
        #expect(try fixture.run("git", ["clone", "-q", fixture.path, "work"]).code == 0)
        #expect(try String(contentsOfFile: "\(fixture.folder.path)/work/000001", encoding: .utf8) == "two")
    }

    @Test("packs that another process adds and removes are noticed when something in them is read")
    func foreignPacks() throws {
        let ids = try fixture.pack([Array("a".utf8), Array("b".utf8)])
        let other = try fixture.reopened()
        let later = landedObject(.blob, Array("later".utf8))
        #expect(try !other.objects.contains(later.id))
        try repository.publish([later])
        #expect(try other.objects.read(later.id).bytes == Array("later".utf8))
        #expect(try other.objects.contains(later.id))
        // Merged and removed behind the other's back, its files closed.
        #expect(try repository.mergePacks(.eager)?.joined.count == 2)
        for pack in other.objects.packs { other.objects.files.forget(pack.path) }
        for id in ids + [later.id] { #expect(throws: Never.self) { try other.objects.read(id) } }
        #expect(other.objects.packs.count == 1)
    }

    @Test("an object that is nowhere is said not to exist")
    func missing() throws {
        let id = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
        try fixture.pack([[1]])
        #expect(failure { _ = try repository.objects.read(id) }?.code == .notFound)
        #expect(failure { _ = try repository.objects.header(of: id) }?.code == .notFound)
        #expect(try !repository.objects.contains(id))
    }
}
