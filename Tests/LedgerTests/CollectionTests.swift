import Foundation
import GRDB
import GitStore
import Metadata
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Ledger

@Suite("Collecting garbage")
struct CollectionTests {
    private static let options = CollectionOptions(dryRun: false, deadShareMin: 0, patience: .seconds(20))

    private static func withLedger(_ body: (Ledger, DataRoot, RepoRow) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let root = DataRoot(path: folder)
            try root.create()
            let name = try RepoName("ratings")
            let ledger = try Ledger(root: root)
            try await ledger.prepareRepo(name)
            let row = try await ledger.write { try $0.createRepo(name, description: "") }
            try await body(ledger, root, row)
        }
    }

    /// Replaces the file at `path` in a commit of its own.
    @discardableResult
    private static func put(_ bytes: [UInt8], at path: String, in repo: RepoRow, _ ledger: Ledger) async throws -> CommitID {
        try await ledger.withLease(on: [repo.name]) {
            // As an upload does: content first, outside of the lane.
            let batch = try ledger.store(repo).makeBatch()
            let file = try FileIngest.store(bytes, to: batch)
            let objects = try batch.finish()
            return try await ledger.write { transaction in
                try transaction.land(objects, in: repo)
                let branch = Branch(repo: repo.name)
                let base = try transaction.database.head(of: branch)
                let edit = try transaction.edit(repo) { store in
                    let editor = TreeEditor()
                    try editor.put(file, at: try FilePath(path))
                    return try editor.apply(
                        to: base?.tree ?? StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store)
                }
                return try transaction.makeCommit(
                    .random(), on: branch, origin: .user, description: "", tree: edit.root,
                    size: (base?.size ?? 0) + Int64(edit.delta.bytes)
                ).id
            }
        }
    }

    private static func content(_ number: Int, _ count: Int = 3000) -> [UInt8] {
        var state = UInt64(number)
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 40)
        }
    }

    private static func read(_ path: String, of commit: CommitRow, _ ledger: Ledger) throws -> [UInt8] {
        let objects = try ledger.store(commit.repo).objects
        return try FileReader(objects).bytes(TreeReader(objects).file(at: FilePath(path), in: commit.tree))
    }

    private static func packBytes(_ root: DataRoot, _ repo: RepoRow) throws -> Int {
        let folder = root.repoPath(repo.name) + "/objects/pack"
        return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) {
            $0 + (try FileManager.default.attributesOfItem(atPath: "\(folder)/\($1)")[.size] as? Int ?? 0)
        }
    }

    @Test("what a dropped commit alone had goes, and nothing else; a dry run changes nothing and tells the same")
    func drop() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put(Self.content(1), at: "/a", in: repo, ledger)
            let dropped = try await Self.put(Self.content(2, 400_000), at: "/b", in: repo, ledger)
            try await ledger.publish()
            // The root without files, which the first commit began with.
            #expect(try await ledger.collect(repo, Self.options).objectsRemoved == 1)
            #expect(try await ledger.collect(repo, Self.options).objectsRemoved == 0)
            _ = try await ledger.write { try $0.drop(dropped) }
            try await ledger.publish()
            let before = try Self.packBytes(root, repo)
            var dry = Self.options
            dry.dryRun = true
            let plan = try await ledger.collect(repo, dry)
            #expect(try Self.packBytes(root, repo) == before)
            let result = try await ledger.collect(repo, Self.options)
            #expect(result.stop == nil)
            // The blob, the tree and the commit.
            #expect(plan.objectsRemoved == 3 && result.objectsRemoved == 3)
            let after = try Self.packBytes(root, repo)
            #expect(result.bytesFreed > 390_000 && before - after == result.bytesFreed)
            let head = try #require(try await ledger.read { try $0.head(of: Branch(repo: repo.name)) })
            #expect(try Self.read("/a", of: head, ledger) == Self.content(1))
            #expect(try GitProgram(repository: root.repoPath(repo.name)).run("fsck", "--strict", "--full").isEmpty)
        }
    }

    @Test("an open commit's files, landed objects, and refs that only Git knows are kept")
    func roots() async throws {
        try await Self.withLedger { ledger, root, repo in
            let branch = Branch(repo: repo.name)
            let dropped = try await Self.put(Self.content(1), at: "/a", in: repo, ledger)
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo.name))
            _ = try git.run("update-ref", "refs/heads/mine", "master")
            _ = try await ledger.write { try $0.drop(dropped) }
            let open = try await ledger.write { transaction in
                let open = try transaction.startCommit(branch, parent: nil, description: "")
                let edit = try transaction.edit(repo) { store in
                    let editor = TreeEditor()
                    try editor.put(try FileIngest.store(Self.content(2), to: store), at: FilePath("/open"))
                    return try editor.apply(to: StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store)
                }
                try transaction.database.setTree(of: open, to: edit.root, size: 3000)
                return try transaction.database.commit(seq: open.seq)
            }
            try await ledger.publish()
            // The root without files, which the open commit began with.
            #expect(try await ledger.collect(repo, Self.options).objectsRemoved == 1)
            #expect(try Self.read("/open", of: open, ledger) == Self.content(2))
            #expect(try git.run("cat-file", "-t", "mine:a") == "blob")
        }
    }

    @Test("what another program brought in parts is kept as far as it is there, and stops no collection")
    func partOfOthers() async throws {
        try await Self.withLedger { ledger, root, repo in
            let dropped = try await Self.put(Self.content(1), at: "/a", in: repo, ledger)
            _ = try await ledger.write { try $0.drop(dropped) }
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo.name))
            // As of a partial clone.
            let (file, folder) = (String(repeating: "a", count: 40), String(repeating: "b", count: 40))
            let entries = "100644 blob \(file)\tfile\n040000 tree \(folder)\tfolder\n"
            let tree = try runProgram(["git", "-C", root.repoPath(repo.name), "mktree", "--missing"], input: Array(entries.utf8))
                .successful()
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let commit = try git.run(identity + ["commit-tree", "-m", "other", tree.text.trimmingCharacters(in: .newlines)])
            _ = try git.run("update-ref", "refs/pach/foreign/heads/part", commit)
            #expect(try await ledger.collect(repo, Self.options).objectsRemoved > 0)
            #expect(try git.run("cat-file", "-t", "\(commit)^{tree}") == "tree")
        }
    }

    @Test("versions of a folder outlive the version that their deltas refer to, published or not")
    func deltas() async throws {
        try await Self.withLedger { ledger, root, repo in
            var commits: [CommitID] = []
            func put(_ numbers: Range<Int>) async throws {
                for number in numbers {
                    commits.append(try await Self.put(Self.content(number, 10), at: "/d/f\(number)", in: repo, ledger))
                    if number % 7 == 0 { try await ledger.publish() }
                }
            }
            try await put(0..<80)
            for (number, commit) in commits.enumerated() where number % 9 != 0 && number < 75 {
                _ = try await ledger.write { try $0.squash(commit) }
            }
            let collection = Task { try await ledger.collect(repo, Self.options) }
            try await put(80..<120)
            #expect(try await collection.value.stop == nil)
            #expect(try await ledger.collect(repo, Self.options).stop == nil)
            try await put(120..<130)
            try await ledger.publish()
            let store = try ledger.store(repo)
            let head = try #require(try await ledger.read { try $0.head(of: Branch(repo: repo.name)) })
            for number in 0..<130 {
                let file = try TreeReader(store.uncached).file(at: try FilePath("/d/f\(number)"), in: head.tree)
                #expect(try FileReader(store.uncached).bytes(file) == Self.content(number, 10))
            }
            #expect(try store.damage() == [])
            #expect(try GitProgram(repository: root.repoPath(repo.name)).run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }

    @Test("what an upload saw before it was condemned waits for the upload, and one that takes too long is left alone")
    func leases() async throws {
        try await Self.withLedger { ledger, _, repo in
            let content = Self.content(1)
            let dropped = try await Self.put(content, at: "/a", in: repo, ledger)
            try await Self.put(Self.content(2), at: "/a", in: repo, ledger)
            _ = try await ledger.write { try $0.squash(dropped) }
            try await ledger.publish()
            var impatient = Self.options
            impatient.patience = .milliseconds(1)
            let collection = try await ledger.withLease(on: [repo.name]) {
                let batch = try ledger.store(repo).makeBatch()
                let file = try FileIngest.store(content, to: batch)
                let outcome = try batch.finish()
                #expect(outcome == .small([]), "the batch counts on what is there")
                #expect(try await ledger.collect(repo, impatient).stop?.code == .locked)
                let collection = Task { try await ledger.collect(repo, Self.options) }
                try await ledger.write { transaction in
                    let edit = try transaction.edit(repo) { store in
                        let editor = TreeEditor()
                        try editor.put(file, at: FilePath("/again"))
                        return try editor.apply(to: StorageFormat.writeEmptyRoot(to: store), reader: store, writer: store)
                    }
                    _ = try transaction.makeCommit(
                        .random(), on: Branch(repo: repo.name), origin: .user, description: "", tree: edit.root, size: 3000)
                }
                return collection
            }
            #expect(try await collection.value.stop == nil)
            let head = try #require(try await ledger.read { try $0.head(of: Branch(repo: repo.name)) })
            #expect(try Self.read("/again", of: head, ledger) == content)
        }
    }

    @Test("one that is cancelled removes nothing more, and the next does the rest")
    func cancelled() async throws {
        try await Self.withLedger { ledger, root, repo in
            try await Self.put(Self.content(1), at: "/a", in: repo, ledger)
            let dropped = try await Self.put(Self.content(2), at: "/b", in: repo, ledger)
            try await ledger.publish()
            _ = try await ledger.write { try $0.drop(dropped) }
            try await ledger.publish()
            let before = try Self.packBytes(root, repo)
            // It would wait for this until its patience ends.
            try await ledger.withLease(on: [repo.name]) {
                let collection = Task { try await ledger.collect(repo, Self.options) }
                collection.cancel()
                await #expect(throws: CancellationError.self) { try await collection.value }
            }
            #expect(try Self.packBytes(root, repo) == before)
            // The blob, the tree, the commit, and the root without files.
            #expect(try await ledger.collect(repo, Self.options).objectsRemoved == 4)
        }
    }

    @Test(
        "invariants 5 and 6: beside writers that bring back what was removed, and readers, nothing named is lost", .timeLimit(.minutes(2)))
    func beside() async throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        try await Self.withLedger { ledger, root, repo in
            let end = End()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { end.reach() }
                    var random = SplitMix(seed: seed)
                    var numbers: [CommitID: Int] = [:]
                    func path(_ number: Int) -> String { "/f\(number < 12 ? number % 3 : number)" }
                    // A folder so large that its versions are compared.
                    for number in 12..<60 {
                        numbers[try await Self.put(Self.content(number), at: path(number), in: repo, ledger)] = number
                    }
                    for _ in 0..<300 {
                        switch Int.random(in: 0..<10, using: &random) {
                        case 0..<6:
                            // Few contents, so that what was dropped comes back.
                            let number = Int.random(in: 0..<12, using: &random)
                            numbers[try await Self.put(Self.content(number), at: path(number), in: repo, ledger)] = number
                        case 6..<8:
                            guard let head = try await ledger.read({ try $0.head(of: Branch(repo: repo.name)) }) else { continue }
                            _ = try await ledger.write { try $0.drop(head.id) }
                        case 8:
                            let head = try await ledger.read { try $0.head(of: Branch(repo: repo.name)) }
                            guard let parent = head?.parent else { continue }
                            _ = try await ledger.write { try $0.squash($0.database.commit(seq: parent).id) }
                        default:
                            try await ledger.publish()
                        }
                        guard let head = try await ledger.read({ try $0.head(of: Branch(repo: repo.name)) }) else { continue }
                        let number = try #require(numbers[head.id])
                        #expect(try Self.read(path(number), of: head, ledger) == Self.content(number), "seed \(seed)")
                    }
                }
                group.addTask {
                    while !end.isReached {
                        let result = try await ledger.collect(repo, Self.options)
                        #expect(result.stop == nil, "seed \(seed)")
                        try await ledger.mergePacks(of: repo)
                    }
                }
                try await group.waitForAll()
            }
            try await ledger.publish()
            // 'git fsck' opens the packs that it listed before, and fails where one of them was joined with others meanwhile.
            await ledger.publisher.merges.ended()
            #expect(
                try GitProgram(repository: root.repoPath(repo.name)).run("fsck", "--strict", "--full", "--no-dangling").isEmpty,
                "seed \(seed)")
            for commit in try await ledger.read({ try $0.commits(in: repo, limit: nil, origin: nil) }) {
                let objects = try ledger.store(repo).objects
                try TreeReader(objects).walk(commit.tree) { (_, node) throws(PachError) in
                    if node.kind.isFile { _ = try objects.read(node.id) }
                    return .proceed
                }
            }
        }
    }
}

private final class End: Sendable {
    private let state = Mutex(false)
    var isReached: Bool { state.withLock { $0 } }
    func reach() { state.withLock { $0 = true } }
}
