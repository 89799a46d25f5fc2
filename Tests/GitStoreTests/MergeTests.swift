import Files
import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

extension MergePlan {
    /// Joins two packs, too.
    static let eager = MergePlan(countMin: 2, largeCountMin: 2)
}

@Suite("Merging packs")
struct MergeTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    @Test(
        "packs are joined until each is twice the one before",
        arguments: [
            ([], []), ([5], []), ([5, 10], []), ([5, 9], [0, 1]), ([1, 1, 1], [0, 1, 2]), ([1, 2, 4, 8], []),
            ([1, 2, 4, 7], [0, 1, 2, 3]),
            ([10, 10, 100], [0, 1]), ([10, 10, 39], [0, 1, 2]), ([100, 10, 1, 1], [2, 3]), ([1, 1000, 1001], [0, 1, 2]),
            // Over half the limit a pack stays as it is.
            ([6000, 6000, 1, 1], [2, 3]), ([6000, 6000], []),
            // As many as the limit allows, the smallest first.
            ([4000, 4001, 4002], [0, 1]),
        ] as [([Int], [Int])])
    func plan(_ sizes: [Int], _ chosen: [Int]) {
        let plan = MergePlan(factor: 2, countMin: 2, largeByteCount: .max, byteCountMax: 10_000, objectCountMax: 1000)
        #expect(plan.choose(from: sizes.map { .init(byteCount: $0, objectCount: 1) }) == chosen)
    }

    @Test("large packs, of which a large file makes several, are joined when there are many, and not with small ones")
    func largePacks() {
        let plan = MergePlan(countMin: 2, largeByteCount: 100, largeCountMin: 4, byteCountMax: 10_000, objectCountMax: 1000)
        func choice(_ sizes: [Int]) -> [Int] { plan.choose(from: sizes.map { .init(byteCount: $0, objectCount: 1) }) }
        #expect(choice([100, 100, 100]) == [])
        #expect(choice([100, 100, 100, 50, 50]) == [3, 4])
        #expect(choice([100, 100, 50, 100, 100]) == [0, 1, 3, 4])
    }

    @Test("the number of packs stays logarithmic, and each byte is copied that often", arguments: [(2, 13, 4096), (8, 20, 600)])
    func cost(_ countMin: Int, _ countMax: Int, _ mergeCountMax: Int) {
        let plan = MergePlan(factor: 2, countMin: countMin, largeByteCount: .max, byteCountMax: .max / 4, objectCountMax: .max / 4)
        var mergeCount = 0
        var packs: [Int] = []
        var copied = 0
        for _ in 0..<4096 {
            packs.append(10)
            let chosen = plan.choose(from: packs.map { .init(byteCount: $0, objectCount: 1) })
            guard !chosen.isEmpty else { continue }
            let total = chosen.reduce(0) { $0 + packs[$1] }
            copied += total
            mergeCount += 1
            packs = packs.indices.filter { !chosen.contains($0) }.map { packs[$0] } + [total]
            #expect(packs.count <= countMax)
        }
        #expect(mergeCount <= mergeCountMax)
        #expect(packs.reduce(0, +) == 40960)
        #expect(copied <= 40960 * 13)
    }

    @Test("a merge keeps every object, named or not, and stock Git agrees")
    func merge() throws {
        var random = SplitMix(seed: 8)
        var contents: [ObjectID: [UInt8]] = [:]
        for number in 0..<10 {
            let blobs = (0..<20).map { _ in Bool.random(using: &random) ? random.noise(500) : random.text(20_000) }
            for (id, blob) in zip(try fixture.pack(blobs + [[UInt8(number)]]), blobs + [[UInt8(number)]]) { contents[id] = blob }
        }
        // An object that two packs have, the second written behind the first one's back.
        let twice = try fixture.reopened()
        let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
        try writer.append(landedObject(.blob, [3]))
        try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        #expect(try fixture.packNames().count == 11)

        let merge = try #require(try repository.mergePacks(.eager))
        #expect(merge.joined.count == 11)
        #expect(try fixture.packFolder() == ["\(merge.result).idx", "\(merge.result).pack"])
        for repository in [repository, twice, try fixture.reopened()] {
            for (id, bytes) in contents { #expect(try repository.objects.read(id).bytes == bytes) }
        }
        #expect(try fixture.git("fsck", "--strict", "--no-dangling") == "")
        let verbose = try fixture.git("verify-pack", "-v", fixture.onlyFile(".idx"))
        #expect(verbose.split(separator: "\n").count { $0.contains(" blob ") } == contents.count)
        #expect(try repository.verify() == [])
        #expect(try repository.mergePacks(.eager) == nil, "nothing is left to do")
    }

    @Test("a pack with all that the others have may be the result")
    func sameResult() throws {
        let objects = (0..<3).map { landedObject(.blob, [UInt8($0)]) }
        for list in [[objects[0]], objects] {
            let writer = try PackWriter(folder: "\(fixture.path)/objects/pack")
            for object in list { try writer.append(object) }
            try CompletedPack.publish([try writer.complete()], in: "\(fixture.path)/objects/pack")
        }
        let result = try #require(try repository.mergePacks(.eager)).result
        #expect(try fixture.packNames() == ["\(result).pack"])
        for object in objects { #expect(try repository.objects.read(object.id) == object.inflate()) }
    }

    @Test("packs that someone keeps are left alone")
    func leftAlone() throws {
        for number in 0..<4 as Range<UInt8> { try fixture.pack([[number]]) }
        let kept = try #require(try fixture.packNames().first)
        try fixture.createFile("objects/pack/\(kept.dropLast(5)).keep")
        #expect(try repository.mergePacks(.eager)?.joined.count == 3)
        #expect(try fixture.packNames().count == 2)
        #expect(try fixture.packNames().contains(kept))
    }

    @Test("invariant 7: a damaged entry stops the merge, and nothing is changed")
    func damage() throws {
        try fixture.pack([Array("some words that are here".utf8)])
        try fixture.flipByte(of: ".pack", at: 20)
        try fixture.pack([[1]])
        let before = try fixture.packFolder()
        let repository = try fixture.reopened()
        #expect(failure { try repository.mergePacks(.eager) }?.code == .corrupt)
        #expect(try fixture.packFolder() == before)
        try repository.publish([landedObject(.blob, [2])])
        #expect(try repository.mergePacks(.eager)?.joined.count == 2, "the others are merged without it")
    }

    @Test("a merge whose sync fails removes nothing", arguments: 1...3)
    func failedSync(_ number: Int) throws {
        let ids = try fixture.pack([[1]]) + fixture.pack([[2]])
        let before = try fixture.packFolder()
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: FaultTests.Fault(sync: number).calls)
        #expect(failure { try repository.mergePacks(.eager) }?.code == .io)
        #expect(try fixture.packFolder() == before)
        for id in ids { #expect(throws: Never.self) { try repository.objects.read(id) } }
    }

    /// One that syncs nothing, for what meets in it: on a busy disk a thousand syncs take a minute.
    private func unsyncedRepository() throws -> GitRepository {
        var calls = FileCalls()
        calls.sync = { _ in 0 }
        return try GitRepository(opening: fixture.path, files: OpenFiles(), calls: calls)
    }

    @Test("invariant 6: readers find every object while packs are added and merged", .timeLimit(.minutes(2)))
    func readersBeside() async throws {
        let contents = (0..<60).map { Array("content \($0)".utf8) }
        let published = Published()
        let repository = try unsyncedRepository()
        // One file may be open at a time, so that readers run into removed packs often.
        let reader = try GitRepository(opening: fixture.path, files: OpenFiles(countMax: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for content in contents {
                    let object = landedObject(.blob, content)
                    try repository.publish([object])
                    published.append(object.id)
                    try repository.mergePacks(.eager)
                }
                published.end()
            }
            for task in 0..<3 as Range<UInt64> {
                group.addTask {
                    var random = SplitMix(seed: task)
                    while !published.isOver {
                        guard let id = published.ids.randomElement(using: &random) else { continue }
                        let objects = task == 0 ? repository.objects : reader.objects
                        let object = try objects.read(id)
                        #expect(object.kind == .blob)
                        let isThere = try objects.contains(id)
                        #expect(isThere)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try fixture.packNames().count <= 7)
        #expect(try repository.verify() == [])
        #expect(reader.objects.files.count <= 1)
    }

    @Test("packs with the same content may come while others with it are merged", .timeLimit(.minutes(1)))
    func sameContent() async throws {
        var random = SplitMix(seed: 5)
        let repository = try unsyncedRepository()
        for _ in 0..<60 {
            let content = random.noise(270_000)
            let batches = try (0..<4).map { _ in try repository.makeBatch() }
            // None finds the content of another one, and all make the same pack of it.
            for batch in batches { _ = try batch.write(.blob, content) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for batch in batches {
                    group.addTask {
                        _ = try batch.finish()
                        try repository.mergePacks(.eager)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try repository.objects.read(ObjectHash.id(of: .blob, content)).bytes == content)
        }
        #expect(try repository.verify() == [])
    }

    /// The ids that readers may ask for.
    private final class Published: Sendable {
        private let lock = NSLock()
        private nonisolated(unsafe) var list: [ObjectID] = []  // guarded by `lock`
        private nonisolated(unsafe) var over = false  // guarded by `lock`

        var ids: [ObjectID] { lock.withLock { list } }
        var isOver: Bool { lock.withLock { over } }
        func append(_ id: ObjectID) { lock.withLock { list.append(id) } }
        func end() { lock.withLock { over = true } }
    }
}
