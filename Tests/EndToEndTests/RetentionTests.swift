import Foundation
import Testing

@Suite("Retention, and what keeps an object", .endToEnd, .timeLimit(.minutes(10)))
struct RetentionTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("gc ends a history at its old end: Git ids stay, clones follow, space comes back, and what others are made from stays")
    func retention() async throws {
        try await house.repo("in")
        try await house.pipeline("copy", "cp $in /pfs/out/")
        for number in 0..<6 {
            try house.write(noise(300_000, seed: UInt64(number)), to: "file")
            try await house.pach("put", "file", "in@master:/file", "-f", "file")
            #expect(try await house.runJobs().code == 0)
        }
        try await house.pach("fsck", "--publish")
        let before = try await house.ids("in")
        let outputs = try await house.ids("copy")
        let gits = try await house.git("in", "rev-list", "master").split(separator: "\n").map(String.init)
        try await house.run("git", "clone", "-q", "\(house.root)/in.git", "clone")
        try await house.pach("update", "repo", "in", "--keep-commits", "2")
        #expect(try await house.pach("inspect", "repo", "in").contains("Commits kept: the newest 2 of each branch"))
        // Every input has an output that is made from it: none goes.
        try await house.pach("gc")
        #expect(try await house.ids("in") == before)
        try await house.pach("update", "repo", "copy", "--keep-commits", "3")
        #expect(try await house.pach("gc", "--dry-run").contains("3 commits beyond the retention of a repo would go") == false)
        try await house.pach("gc")
        // The first job ran on nothing, so there is one output more than inputs.
        #expect(try await house.ids("copy") == Array(outputs.prefix(3)))
        #expect(try await house.ids("in") == Array(before.prefix(3)))
        #expect(try await house.git("in", "rev-list", "master").split(separator: "\n").map(String.init) == Array(gits.prefix(3)))
        #expect(try house.objectBytes(of: "in") < 1_000_000)
        try await house.expectSound()

        // Later commits, a fetch into the old clone, and a new clone.
        try await house.put(["more": "1"], in: "in")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.lastJob("copy").progress == "1 + 1 / 2")
        try await house.pach("gc")
        try await house.expectSound()
        try await house.run("git", "-C", "clone", "pull", "-q", "--ff-only")
        #expect(try String(contentsOfFile: house.path("clone/more"), encoding: .utf8) == "1")
        try await house.run("git", "clone", "-q", "file://\(house.root)/in.git", "second")
        #expect(try await house.run("git", "-C", "second", "rev-list", "--count", "master") == "3")
        try await house.pach("update", "repo", "in", "--keep-all")
        #expect(try await !house.pach("inspect", "repo", "in").contains("Commits kept"))
    }

    @Test("a duration keeps what is younger, whatever the number says; a squash at the boundary is sound")
    func duration() async throws {
        try await house.pach("create", "repo", "in", "--keep-commits", "1", "--keep-for", "1h")
        for number in 0..<4 { try await house.put(["f\(number)": "\(number)"], in: "in") }
        try await house.pach("gc")
        #expect(try await house.ids("in").count == 4)
        try await house.pach("update", "repo", "in", "--keep-commits", "2")
        try await house.pach("gc")
        #expect(try await house.ids("in").count == 4)
        try await house.pach("update", "repo", "in", "--keep-for", "0s")
        try await house.pach("gc")
        let left = try await house.ids("in")
        #expect(left.count == 2)
        try await house.pach("squash", "commit", left[1])
        try await house.expectSound()
        try await house.pach("gc")
        #expect(try await house.texts("in") == ["f0": "0", "f1": "1", "f2": "2", "f3": "3"])
        try await house.expectSound()
        let refusal = try await house.attempt("update", "repo", "in", "--keep-commits", "0")
        #expect(refusal.code == 64 && refusal.error.contains("a number from 1 on"))
    }

    @Test("why object tells the commits and paths that need it, the index of good outputs too, and when nothing does")
    func why() async throws {
        try await house.repo("in", ["dir/a": "some text", "b": "other text"])
        try await house.pipeline("copy", glob: "/", "cp -r $in/. /pfs/out/")
        #expect(try await house.runJobs().code == 0)
        try await house.pach("fsck", "--publish")
        let blob = try await house.git("in", "rev-parse", "master:dir/a")
        let report = try await house.pach("why", "object", blob)
        let id = try await house.ids("in")[0]
        #expect(report.contains("in: a blob of 9B, kept by"), "\(report)")
        #expect(
            report.split(separator: "\n").contains { $0.hasPrefix(id) && $0.contains("/dir/a") && $0.contains("refs/heads/master") },
            "\(report)")
        #expect(report.split(separator: "\n").contains { $0.hasPrefix("-") && $0.contains("refs/pach/datums") }, "\(report)")
        let commit = try await house.git("in", "rev-parse", "master")
        #expect(try await house.pach("why", "object", commit).contains("(the Git commit)"))
        let nowhere = try await house.attempt("why", "object", String(repeating: "0", count: 40))
        #expect(nowhere.code == 1 && nowhere.error.contains("is in no repo"))
        try await house.repo("scratch", ["x": "gone soon"])
        try await house.pach("fsck", "--publish")
        let gone = try await house.git("scratch", "rev-parse", "master:x")
        try await house.pach("delete", "commit", try await house.ids("scratch")[0])
        #expect(try await house.pach("why", "object", gone).contains("kept by nothing"))
        try await house.pach("gc")
        #expect(try await house.attempt("why", "object", gone).code == 1)
    }
}
