import Dispatch
import Foundation
import GRDB
import Metadata
import Model
import Operations
import TestSupport
import Testing

@testable import Engine
@testable import Ledger

@Suite("An object that waits in the database to be published is damaged there")
struct LandedDamageTests {
    private static let content = Array("new, and in the database alone".utf8)
    private static let input = sure { try CommitReference("in@master") }
    private static let new = sure { try FilePath("/new") }

    /// What of the object is hit.
    enum Hit: CaseIterable {
        case data, size, kind
        /// Makes the size negative.
        case sign
        /// Takes what is behind the object along.
        case length

        /// Where in the row, from the object on, and which bits.
        var place: (offset: Int, bits: UInt8) {
            switch self {
            case .kind: (20, 0x01)
            case .size: (28, 0x01)
            case .sign: (21, 0x80)
            case .length: (36, 0x40)
            case .data: (37 + 12, 0x10)
            }
        }
    }

    /// A root whose newest commits, one of the input and one that a pipeline made of it, are in the database alone; there the file's blob of one
    /// repo is hit.
    private func withDamage(_ hit: Hit, in repo: String, _ body: (TestEngine) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let copy = folder + "/copy"
            let blob = try await TestEngine.with { test in
                let engine = test.engine
                try await engine.createRepo(RepoName("in"), description: "", update: false)
                try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
                _ = try await engine.put([(FilePath("/old"), [1])], in: Self.input)
                _ = try await engine.run { _ in }
                _ = try await engine.fsck(publish: true, fix: false)
                let (isHeld, isCopied) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
                async let held: Void = engine.ledger.publisher.betweenRounds {
                    isHeld.continuation.finish()
                    isCopied.wait()
                }
                for await _ in isHeld.stream {}
                let id = try await engine.put([(Self.new, Self.content)], in: Self.input)
                async let run = engine.run { _ in }
                let job = try await engine.inspectJob(PipelineName("copy"), id, wait: true)
                #expect(job.state == .success)
                try FileManager.default.copyItem(atPath: test.root.path, toPath: copy)
                isCopied.signal()
                _ = try await (held, run)
                return try await engine.inspectFile(FileReference("in@master:/new")).hash
            }
            try damage(blob, of: repo, hit, in: DataRoot(path: copy))
            try await TestEngine.with(copyOf: copy, body)
        }
    }

    private func damage(_ blob: ObjectID, of repo: String, _ hit: Hit, in root: DataRoot) throws {
        // A listing holds the id, too.
        let entry = Data(blob.bytes) + [3] + withUnsafeBytes(of: UInt64(Self.content.count).bigEndian) { Data($0) }
        let database = try DatabaseQueue(path: root.databasePath)
        try database.write { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT number, objects FROM landing JOIN repo ON repo.key = landing.repo WHERE name = ?", arguments: [repo])
            var hitCount = 0
            for row in rows {
                var bytes: Data = row["objects"]
                guard let place = bytes.range(of: entry)?.lowerBound else { continue }
                bytes[place + hit.place.offset] ^= hit.place.bits
                try database.execute(sql: "UPDATE landing SET objects = ? WHERE number = ?", arguments: [bytes, row["number"]])
                hitCount += 1
            }
            #expect(hitCount == 1)
        }
        try database.close()
    }

    private func damage(_ engine: Engine, fix: Bool = false) async throws -> [FsckFinding] {
        try await engine.fsck(publish: true, fix: fix).findings.filter { $0.severity == .damage }
    }

    private func isPublished(_ test: TestEngine, _ repo: String) async throws -> Bool {
        let git = try test.git(RepoName(repo))
        _ = try git.run("fsck", "--strict")
        let tip = try git.run("cat-file", "-p", "refs/heads/master")
        let head = try #require(try await test.engine.inspectBranch(Branch(repo: RepoName(repo), name: .master)).head)
        return tip.contains("Pach-Commit: \(head.id)")
    }

    @Test(
        "of an input: what it hits is named, all else goes on, and the same bytes put again make it whole",
        arguments: [Hit.data, .size, .sign, .kind])
    func input(hit: Hit) async throws {
        try await withDamage(hit, in: "in") { test in
            var engine = test.engine
            await #expect(throws: PachError.self) { try await engine.files(of: Self.input) }

            let found = try await damage(engine)
            let finding = try #require(found.first { $0.object != nil })
            #expect(finding.commits.count == 1 && finding.files == [Self.new])
            #expect(try finding.pipelines == [PipelineName("copy")])
            #expect(finding.message.contains("put these files again"))
            #expect(try await engine.ledger.problems().keys.map(\.description) == ["in"])

            #expect(try await isPublished(test, "copy"))

            // What is sound leaves the database.
            _ = try await engine.put([(FilePath("/other"), [2])], in: Self.input)
            _ = try await engine.ledger.publishRepos()
            #expect(try await engine.ledger.read { try $0.landings().flatMap(\.objects) }.count == 1)
            #expect(try await !isPublished(test, "in"))

            try await test.reopen()
            engine = test.engine
            #expect(try await !damage(engine, fix: true).isEmpty)
            _ = try await engine.put([(Self.new, Self.content)], in: Self.input)
            for _ in 0..<2 {
                #expect(try await engine.files(of: Self.input) == [FilePath("/old"): [1], FilePath("/other"): [2], Self.new: Self.content])
                #expect(try await damage(engine).isEmpty)
                #expect(try await isPublished(test, "in"))
                #expect(try await engine.ledger.problems().isEmpty)
                try await test.reopen()
                engine = test.engine
            }
        }
    }

    @Test("of an input: jobs on other repos run, and a backup takes all that there is, and says what is damaged")
    func runAndBackup() async throws {
        try await withDamage(.data, in: "in") { test in
            let engine = test.engine
            try await engine.createRepo(RepoName("other"), description: "", update: false)
            try await engine.createPipeline("twin", reading: ["other"], #"cp "$other" "$out/""#)
            _ = try await engine.put([(Self.new, [3])], in: CommitReference("other@master"))
            let jobs = try await engine.run { _ in }
            #expect(!jobs.isEmpty && jobs.allSatisfy { $0.state == .success }, "\(jobs)")
            #expect(try await isPublished(test, "twin"))

            try await withTemporaryFolder { folder in
                let report = try await engine.backUp(to: folder + "/saved", links: false, verifiesAll: false)
                #expect(report.problems.map(\.repo.description) == ["in"])
                #expect(report.problems.first?.problem.contains("'pach fsck' names the files") == true)
                let root = DataRoot(path: folder + "/again")
                try root.create()
                _ = try await Engine.restore(
                    root: root, lock: try #require(try RootLock.tryAcquire(root)), from: folder + "/saved", notices: .none)
                try await TestEngine.with(copyOf: root.path) { restored in
                    let engine = restored.engine
                    #expect(try await damage(engine).contains { $0.files == [Self.new] })
                    #expect(try await engine.files(of: CommitReference("twin@master")) == [Self.new: [3]])
                    _ = try await engine.put([(Self.new, Self.content)], in: Self.input)
                    #expect(try await damage(engine).isEmpty)
                    #expect(try await engine.files(of: Self.input) == [FilePath("/old"): [1], Self.new: Self.content])
                    #expect(try await engine.backUp(to: folder + "/saved", links: false, verifiesAll: false).problems.isEmpty)
                }
            }
        }
    }

    @Test("of an output: a job makes it again")
    func output() async throws {
        try await withDamage(.data, in: "copy") { test in
            let found = try await test.engine.fsck(publish: true, fix: true).findings
            #expect(found.contains { $0.severity == .repaired && $0.message.contains("makes the outputs of pipeline copy again") })
            try await test.reopen()
            let states = try await test.engine.run { _ in }.map(\.state)
            #expect(states == [.success])
            #expect(try await damage(test.engine).isEmpty)
            #expect(try await test.engine.files(of: CommitReference("copy@master")) == [FilePath("/old"): [1], Self.new: Self.content])
            #expect(try await isPublished(test, "copy"))
        }
    }

    @Test("of a commit that was deleted: it goes with the garbage")
    func garbage() async throws {
        try await withDamage(.data, in: "in") { test in
            try await test.engine.dropCommitSet(test.engine.inspectCommit(Self.input, wait: false).commit.id)
            #expect(try await !damage(test.engine).isEmpty)
            #expect(try await damage(test.engine, fix: true).isEmpty)
            #expect(try await test.engine.ledger.read { try $0.landings() }.isEmpty)
            #expect(try await isPublished(test, "in"))
        }
    }

    @Test("with what is behind it in its row: the root opens, and tells")
    func row() async throws {
        try await withDamage(.length, in: "in") { test in
            #expect(try await damage(test.engine).contains { $0.object != nil && $0.repo?.description == "in" })
            #expect(try await isPublished(test, "copy"))
            _ = try test.git(RepoName("in")).run("fsck", "--strict")
            try await test.engine.createRepo(RepoName("other"), description: "", update: false)
        }
    }
}
