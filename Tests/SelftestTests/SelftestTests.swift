import Foundation
import Synchronization
import Testing

@testable import Selftest

/// The programs of the build that the tests belong to.
enum Built {
    static let folder: String = {
        let places = [Bundle.main.bundlePath, CommandLine.arguments.first ?? "", Bundle(for: Marker.self).bundlePath]
        for place in places.map({ URL(fileURLWithPath: $0).standardizedFileURL }) {
            for folder in [place, place.deletingLastPathComponent()]
            where FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("pach").path) {
                return folder.path
            }
        }
        return "/nowhere: build pach"
    }()

    private final class Marker {}

    static let programs = House.Programs(pach: "\(folder)/pach", library: "\(folder)/libpachfaults.so")

    /// In memory where there is such a folder: what is durable is simulated anyway.
    static func scratch() -> String {
        let parent = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        return "\(parent)/pach-selftest-\(UUID().uuidString)"
    }

    /// Runs a test in a house of its own.
    static func inHouse(_ body: (House) throws -> Void) throws {
        let folder = scratch()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let house = try House(folder: folder, programs: programs)
        try Script.prepare(house)
        try body(house)
    }
}

@Suite("What a data root shows")
struct RootFactsTests {
    @Test("good outputs that a job keeps on its way count once its commit is finished")
    func checkpoint() throws {
        func line(_ ref: String, in repo: String) throws -> String? { try RootFacts.line(ofRef: ref, tree: "T", in: repo, busy: ["a.git"]) }
        #expect(try line("refs/pach/datums", in: "a.git") == nil)
        #expect(try line("refs/pach/datums", in: "b.git") == "b.git refs/pach/datums ")
        #expect(try line("refs/heads/master", in: "a.git") == "a.git refs/heads/master T")
        #expect(throws: Problem.self) { try line("refs/pach/foreign/x", in: "a.git") }
    }
}

@Suite("Faults, crashes and power cuts", .serialized)
struct SelftestTests {
    @Test("invariants 1 to 9: a minute of them loses nothing, and leaves nothing half done")
    func bounded() throws {
        let failures = Mutex<[String]>([])
        let selftest = Selftest(
            Selftest.Options(
                pach: Built.programs.pach, library: Built.programs.library, scratch: Built.scratch(), seed: .random(in: 0...UInt64.max),
                duration: .seconds(25), workers: 2))
        let totals = try selftest.run { line in
            if line.hasPrefix("FAILED") { failures.withLock { $0.append(line) } }
        }
        print(totals.summary)
        #expect(failures.withLock { $0 } == [])
        #expect(totals.failures == 0 && totals.rows.count > 0)
    }

    @Test("where somebody has seen enough it tells what was found until then, and leaves nothing")
    func stopped() throws {
        let asked = Atomic(0)
        let scratch = Built.scratch()
        let selftest = Selftest(
            Selftest.Options(
                pach: Built.programs.pach, library: Built.programs.library, scratch: scratch, seed: 1, duration: .seconds(3600),
                workers: 1, kinds: [.powerCut]))
        let totals = try selftest.run(isStopped: { asked.add(1, ordering: .relaxed).newValue > 3 }, report: { _ in })
        #expect(totals.summary.contains(" 3 of ") && totals.failures == 0, "\(totals.summary)")
        #expect(!FileManager.default.fileExists(atPath: scratch))
    }

    @Test("of a write in pieces, a short one takes half of the bytes, and the rest follows")
    func shortWrite() throws {
        try Built.inHouse { house in
            #expect(try house.pach(["create", "repo", "in"]).code == 0)
            let plan = FaultPlan(fault: .short, at: 1, path: "tmp_pach_")
            #expect(try house.pach(["put", "file", "in@master:/big", "-f", "big"], plan: plan, records: true).code == 0)
            let writes = try house.takeRecord().filter { $0.kind == .write && $0.path.contains("tmp_pach_") }
            let found = writes.firstIndex(where: \.wasInjected)
            let index = try #require(found)
            try #require(index + 1 < writes.count)
            let (short, rest) = (writes[index], writes[index + 1])
            #expect(rest.path == short.path && rest.offset == short.offset + short.data.count)
            #expect(short.data.count == (short.data.count + rest.data.count) / 2)
            try RootFacts.checkWithGit(house)
        }
    }

    @Test("with the same chance, commands of one thread leave the same bytes; with another, others")
    func chance() throws {
        func tree(_ chance: Chance) throws -> FileTree {
            var tree = FileTree()
            try Built.inHouse { house in
                for step in Script.steps.prefix(2) {
                    let outcome = try house.pach(step.words, plan: FaultPlan(chance: chance))
                    #expect(outcome.code == 0, "\(outcome.summary)")
                }
                tree = try FileTree(reading: house.data)
            }
            return tree
        }
        let first = try tree(Chance(seed: 1, time: 1_767_225_600))
        #expect(try first.fingerprint == tree(Chance(seed: 1, time: 1_767_225_600)).fingerprint)
        #expect(try first.fingerprint != tree(Chance(seed: 2, time: 1_767_225_600)).fingerprint)
        #expect(try first.fingerprint != tree(Chance(seed: 1, time: 1_767_225_601)).fingerprint)
    }

    @Test("whatever a power cut leaves of a first backup, its folder says that it is one, and that it is whole only where it is")
    func firstBackup() throws {
        try Built.inHouse { house in
            for step in Script.steps.prefix(2) { #expect(try house.pach(step.words).code == 0) }
            var disk = DiskModel(try FileTree(reading: house.data))
            let backup = try house.pach(["backup", "../data/backup"], plan: FaultPlan(), records: true)
            #expect(backup.code == 0, "\(backup.summary)")
            var random = SplitMix(seed: 1)
            for operation in try house.takeRecord() {
                try disk.apply(operation)
                for _ in 0..<8 where operation.changesDisk {
                    let seed = random.next()
                    let tree = disk.state(.random(seed))
                    let mark = tree.files["backup/pach-backup"].map { String(decoding: $0, as: UTF8.self) }
                    let others = tree.folders.filter { $0.hasPrefix("backup/") }
                    #expect(mark != nil || others.isEmpty, "\(operation.summary), random(\(seed)): \(others)")
                    let isWhole = tree.files["backup/.pach/metadata.sqlite"] != nil && tree.files["backup/in.git/packed-refs"] != nil
                    #expect(isWhole || mark?.hasPrefix("pach backup") != true, "\(operation.summary), random(\(seed))")
                }
            }
        }
    }

    @Test("the library sees every call that changes a file below the root", .enabled(if: Strace.isThere))
    func completeness() throws {
        try Built.inHouse { house in
            for step in Script.steps.prefix(3) { #expect(try house.pach(step.words).code == 0) }
            let words = ["put", "file", "in@master:/new", "-f", "big"]
            let trace = try Strace.run(words, house)
            let record = try house.takeRecord()
            for (kind, calls) in Strace.calls {
                #expect(record.count { $0.kind == kind } == trace.count { calls.contains($0) }, "\(kind)")
            }
            #expect(record.contains { $0.kind == .write } && record.contains { $0.kind == .sync })
        }
    }
}
