import Foundation
import Testing

@Suite("Damage is named, and repaired where it can be", .endToEnd, .timeLimit(.minutes(10)))
struct RepairTests {
    let house: House

    init() throws {
        house = try House()
    }

    /// Changes a byte in the middle of a repo's largest file of the kind.
    private func damage(_ repo: String, _ suffix: String) async throws {
        let folder = "repos/\(repo).git/objects/pack"
        let file = try #require(try house.files(below: folder).filter { $0.key.hasSuffix(suffix) }.max { $0.value.count < $1.value.count })
        var bytes = file.value
        bytes[bytes.count / 2] ^= 0x40
        try await house.run("chmod", "600", "\(folder)/\(file.key)")
        try house.write(bytes, to: "\(folder)/\(file.key)")
    }

    @Test("invariant 7: a damaged input is named with the files, commits and pipelines that it hits; putting it again makes it good")
    func input() async throws {
        try house.write(noise(700_000, seed: 9), to: "big")
        try await house.repo("in", ["small": "1"])
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.pipeline("next", reading: "copy", "cp $copy /pfs/out/")
        #expect(try await house.runJobs().code == 0)
        try await house.pach("fsck", "--publish")
        try await damage("in", ".pack")
        let fsck = try await house.attempt("fsck")
        let head = try #require(try await house.json(of: ListedCommit.self, "list", "commit", "in@master").first).commit.id
        #expect(fsck.code == 1)
        #expect(
            fsck.output.contains("files: /big") && fsck.output.contains("commits: in@\(head)")
                && fsck.output.contains("pipelines: copy, next"), "\(fsck.output)")
        #expect(fsck.output.contains("put these files again"))
        #expect(try await house.attempt("fsck", "--fix").code == 1)
        // The same bytes heal every commit that has them.
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        let fixed = try await house.attempt("fsck", "--fix")
        #expect(fixed.code == 0, "\(fixed.output)\(fixed.error)")
        try await house.expectSound()
    }

    @Test("damaged outputs are made again, and older commits are whole again, too")
    func output() async throws {
        try house.write(noise(700_000, seed: 2), to: "big")
        try await house.repo("in")
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        try await house.pipeline("reverse", "rev $in > /pfs/out/$(basename $in); cat $in $in > /pfs/out/twice")
        #expect(try await house.runJobs().code == 0)
        let files = try await house.list("reverse")
        try await house.pach("fsck", "--publish")
        try await damage("reverse", ".pack")
        let fsck = try await house.attempt("fsck", "--fix")
        #expect(fsck.code == 1 && fsck.output.contains("makes the outputs of pipeline reverse again"), "\(fsck.output)\(fsck.error)")
        let run = try await house.runJobs()
        #expect(run.code == 0, "\(run.output)\(run.error)")
        #expect(try await house.list("reverse") == files)
        let again = try await house.attempt("fsck", "--fix")
        #expect(again.code == 0, "\(again.output)\(again.error)")
        try await house.expectSound()
    }

    @Test("a damaged index is written anew from its pack, and a ref that was moved is put back", arguments: ["changed", "gone"])
    func index(_ how: String) async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pach("fsck", "--publish")
        if how == "changed" {
            try await damage("in", ".idx")
        } else {
            try await house.run("sh", "-c", "rm repos/in.git/objects/pack/*.idx")
        }
        let fixed = try await house.attempt("fsck", "--fix")
        #expect(fixed.code == 0, "\(fixed.output)\(fixed.error)")
        #expect(try await house.texts("in") == ["a": "1", "b": "2"])
        let server = try await Server(of: house)
        try house.write("not a ref\n", to: "repos/in.git/refs/heads/master")
        #expect(try await house.attempt("fsck", "--fix").code == 0)
        try await server.stop()
        #expect(try await house.run("git", "-C", "repos/in.git", "show", "master:a") == "1")
        try await house.expectSound()
    }

    @Test(
        "a repo whose folder is no repository keeps nobody from others, says what helps, and is repaired by fsck",
        arguments: ["HEAD", "config", "refs", "hooks/pre-receive"])
    func layout(_ part: String) async throws {
        try await house.repo("a", ["x": "1"])
        try await house.repo("b", ["x": "1"])
        try await house.pach("fsck", "--publish")
        let (head, hook) = ("repos/a.git/HEAD", "repos/a.git/hooks/pre-receive")
        let before = try house.bytes(head) + house.bytes(hook)
        try await house.run("rm", "-r", "repos/a.git/\(part)")
        try await house.put(["x": "2"], in: "b")
        #expect(try await house.texts("b") == ["x": "2"])
        #expect(try await house.pach("list", "repo").contains("a"))
        if part != "hooks/pre-receive" {
            let get = try await house.attempt("get", "file", "a@master:/x")
            #expect(get.code == 1 && get.error.contains("repo a cannot be read") && get.error.contains("pach fsck --fix"), "\(get.error)")
        }
        let check = try await house.attempt("fsck")
        #expect(check.code == 1 && check.output.contains("damage: a: "), "\(check.output)\(check.error)")
        let fixed = try await house.attempt("fsck", "--fix")
        #expect(fixed.code == 0 && fixed.output.contains("repaired: a: "), "\(fixed.output)\(fixed.error)")
        #expect(try await house.texts("a") == ["x": "1"])
        #expect(try house.bytes(head) + house.bytes(hook) == before)
        #expect(try await house.git("a", "show", "master:x") == "1")
        try await house.expectSound()
    }

    @Test("beside a server, fsck finds what no Git reads or what would mislead it, and puts it right")
    func besideServer() async throws {
        try await house.repo("a", ["x": "1"])
        let server = try await Server(of: house)
        try await house.pach("fsck", "--publish")
        let head = try await house.git("a", "rev-parse", "master")
        try await house.run(
            "sh", "-c", "echo '[core' >> repos/a.git/config; git -C repos/a.git pack-refs --all; echo x >> repos/a.git/packed-refs")
        try house.write("\(head)\n", to: "repos/a.git/HEAD")
        let check = try await house.attempt("fsck")
        for file in ["config", "packed-refs", "HEAD"] {
            #expect(check.code == 1 && check.output.contains("damage: a: \(file): "), "\(check.output)")
        }
        let fixed = try await house.attempt("fsck", "--fix")
        #expect(fixed.code == 0 && fixed.output.contains("kept under refs/pach/foreign/HEAD-"), "\(fixed.output)")
        try await house.put(["x": "2"], in: "a")
        try await house.expectSound()
        #expect(try await house.git("a", "show", "HEAD:x") == "2")
        try await server.stop()
    }

    @Test("a repo whose folder is gone is told with what is lost, keeps nobody from others, and can be given up")
    func lostFolder() async throws {
        try await house.repo("a", ["x": "1"])
        try await house.repo("b", ["x": "1"])
        try await house.run("rm", "-r", "repos/a.git")
        let put = try await house.attempt("put", "file", "b@master:/x", input: "2")
        #expect(put.code == 0 && put.error.isEmpty, "nobody asked for repo a: \(put.error)")
        #expect(try await house.git("b", "show", "master:x") == "2")
        let list = try await house.attempt("list", "repo")
        #expect(list.code == 0 && list.error.contains("Warning: repo a cannot be read: its folder"), "\(list.error)")
        #expect(try await house.pach("inspect", "repo", "a").contains("is gone"))
        #expect(try await house.attempt("inspect", "repo", "b").error.isEmpty)
        let server = try await Server(of: house)
        #expect(try await server.curl("/metrics").body.contains("pach_failing_repos 1\n"))
        try await server.stop()
        let fixed = try await house.attempt("fsck", "--fix")
        #expect(fixed.code == 1 && fixed.output.contains("is gone; it has 1 commits"), "\(fixed.output)\(fixed.error)")
        let backup = try await house.attempt("backup", "copy")
        #expect(backup.code == 1 && backup.error.contains("repo a ") && backup.error.contains("pach delete repo a"), "\(backup.error)")
        try await house.pach("delete", "repo", "a")
        try await house.expectSound()
        try await house.pach("backup", "copy")
    }
}
