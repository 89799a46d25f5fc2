import Foundation
import Testing

@Suite("Squashing and dropping commits", .endToEnd, .timeLimit(.minutes(10)))
struct RemovalTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("invariant 1: a squashed set is gone, and nothing else changes: files, ids, provenance of all others; stock Git agrees")
    func squash() async throws {
        try await house.repo("in")
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        for number in 1...4 {
            try await house.put(["f\(number)": "text \(number)"], in: "in")
            #expect(try await house.runJobs().code == 0)
        }
        let before = try await house.ids("in")
        let texts = try await house.texts("upper")
        let provenance = try await house.json(of: ListedCommit.self, "list", "commit", "upper@master").map(\.provenance)
        // Newest first: the set of the second put.
        let squashed = before[2]
        try await house.pach("squash", "commit", squashed)

        #expect(try await house.ids("in") == before.filter { $0 != squashed })
        #expect(try await !house.ids("upper").contains(squashed))
        #expect(try await house.texts("upper") == texts)
        #expect(try await house.texts("in").count == 4)
        let left = try await house.json(of: ListedCommit.self, "list", "commit", "upper@master").map(\.provenance)
        #expect(left == provenance.filter { !$0.contains { $0.id == squashed } })
        #expect(try await house.attempt("inspect", "commit", "in@\(squashed)").code == 1)
        #expect(try await house.jobs("upper").allSatisfy { $0.id != squashed })
        try await house.expectSound()
        // The child shows what the squashed commit had put, and its trailers name the parent that it has now.
        #expect(try await house.git("in", "ls-tree", "--name-only", "master^").split(separator: "\n").contains("f2"))
        #expect(try await house.git("in", "rev-list", "--count", "master") == "3")
        #expect(try await house.git("in", "log", "-1", "--format=%(trailers:key=Pach-Parent,valueonly)", "master^") == before[3])
        // Work goes on from there, and costs what changed.
        try await house.put(["f5": "text 5"], in: "in")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.lastJob("upper").progress == "1 + 4 / 5")
        try await house.expectSound()
    }

    @Test("a dropped set takes what it changed along, in all repos at once, and its job is stopped")
    func drop() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("slow", "grep -q wait $in && sleep 601; cp $in /pfs/out/")
        #expect(try await house.runJobs().code == 0)
        let heads = try await (house.ids("in"), house.ids("slow"))
        let server = try await Server(of: house)
        try await house.put(["b": "wait"], in: "in")
        let job = try await house.lastJob("slow")
        #expect(!job.hasEnded)
        try await house.pach("delete", "commit", job.id)
        #expect(try await house.ids("in") == heads.0)
        #expect(try await house.ids("slow") == heads.1)
        #expect(try await house.texts("in") == ["a": "1"])
        #expect(try await house.attempt("inspect", "job", job.name).code == 1)
        // The pipeline is free for what comes next.
        try await house.put(["c": "3"], in: "in")
        let next = try await house.lastJob("slow")
        try await house.pach("wait", "job", next.name)
        #expect(try await house.texts("slow") == ["a": "1", "c": "3"])
        try await server.stop()
        try await house.expectSound()
        #expect(try await house.git("in", "rev-list", "--count", "master") == "2")
    }

    @Test("invariant 6: gc frees what was dropped, beside a server at work, and every other byte is still there")
    func garbage() async throws {
        try await house.repo("in", ["keep": "1"])
        try await house.pipeline("double", "cat $in $in > /pfs/out/$(basename $in)")
        #expect(try await house.runJobs().code == 0)
        try house.write(noise(3_000_000, seed: 4), to: "big")
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        #expect(try await house.runJobs().code == 0)
        #expect(try house.objectBytes(of: "in") > 3_000_000 && house.objectBytes(of: "double") > 3_000_000)
        try await house.pach("delete", "commit", try await house.ids("in")[0])
        let server = try await Server(of: house)
        let plan = try await house.pach("gc", "--dry-run")
        #expect(plan.contains("would be freed"), "\(plan)")
        #expect(try house.objectBytes(of: "in") > 3_000_000)
        let done = try await house.pach("gc")
        #expect(done.split(separator: "\n").contains { $0.hasPrefix("double ") }, "\(done)")
        #expect(try house.objectBytes(of: "in") < 20_000)
        // The outputs of the dropped job are still in the index of good outputs: should the input come back, nothing runs.
        try await server.stop()
        try await house.expectSound()
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.lastJob("double").progress == "0 + 2 / 2")
        try await house.expectSound()
    }

    @Test("what would lose data or break provenance is refused, says why, and changes nothing")
    func refusals() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.put(["b": "2"], in: "in")
        let sets = try await house.ids("in")
        var refusal = try await house.attempt("squash", "commit", sets[0])
        #expect(refusal.code == 1)
        #expect(refusal.error.contains("cannot squash a commit that has no children as that would cause data loss"), "\(refusal.error)")
        refusal = try await house.attempt("delete", "commit", sets[1])
        #expect(refusal.code == 1 && refusal.error.contains("cannot drop a commit that has children: in@"), "\(refusal.error)")
        try await house.pipeline("copy", "cp $in /pfs/out/")
        let creation = try await house.lastJob("copy").id
        // The first job reads the newest commit of `in`.
        refusal = try await house.attempt("delete", "commit", sets[0])
        #expect(refusal.code == 1 && refusal.error.contains("subvenant commit sets: [\(creation)]"), "\(refusal.error)")
        refusal = try await house.attempt("delete", "commit", creation)
        #expect(refusal.code == 1 && refusal.error.contains("because it updated a pipeline"), "\(refusal.error)")
        refusal = try await house.attempt("delete", "commit", "in@\(sets[0])")
        #expect(refusal.code == 64 && refusal.error.contains("pach delete commit \(sets[0])"), "\(refusal.error)")
        #expect(try await house.ids("in") == sets)
        try await house.expectSound()
    }
}
