import Foundation
import Testing

@Suite("Backup and restore", .endToEnd, .timeLimit(.minutes(10)))
struct BackupTests {
    let house: House

    init() throws {
        house = try House()
    }

    private func everything(_ root: String) async throws -> [String] {
        var told: [String] = []
        for words in [
            ["list", "repo", "--all"], ["list", "commit", "in"], ["list", "commit", "copy"], ["list", "branch", "in"], ["list", "job"],
            ["inspect", "pipeline", "copy"],
        ] {
            told.append(try await house.run(words: ["pach", "--root", root] + words + ["--raw"]))
        }
        return told
    }

    @Test("a backup taken beside a server at work is the whole root; the next copies what is new; a restored root goes on")
    func roundTrip() async throws {
        try house.write(noise(2_000_000, seed: 1), to: "big")
        try await house.pach("create", "repo", "in", "-d", "kept", "--keep-commits", "50")
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        try await house.pipeline("copy", "cp $in /pfs/out/")
        #expect(try await house.runJobs().code == 0)
        let server = try await Server(of: house)
        async let writing: Void = {
            for number in 0..<8 { try await house.pach("put", "file", "in@master:/f\(number)", input: "\(number)") }
        }()
        let first = try await house.pach("backup", "saved")
        #expect(first.contains("4 repos backed up"), "\(first)")
        try await writing
        let second = try await house.pach("backup", "saved", "--raw")
        #expect(second.contains("\"packs_present\":") && !second.contains("\"packs_present\":0"), "\(second)")
        try await server.stop()
        #expect(try await house.runJobs().code == 0)
        let third = try await house.pach("backup", "saved", "--verify-all")
        #expect(third.contains("there already"))
        let told = try await everything("repos")

        try await house.pach("restore", "saved", "--root", "again")
        #expect(try await everything("again") == told)
        try await house.run("pach", "--root", "again", "fsck")
        for repo in try house.repos {
            try await house.run("git", "-C", "again/\(repo)", "fsck", "--strict", "--no-dangling")
            try await house.run("git", "-C", "saved/\(repo)", "fsck", "--strict", "--no-dangling")
        }
        try await house.run("pach", "--root", "again", "put", "file", "in@master:/new", input: "new")
        try await house.run("pach", "--root", "again", "run")
        #expect(try await house.run("pach", "--root", "again", "get", "file", "copy@master:/new") == "new")
        // What was removed goes from the backup, too.
        try await house.pach("delete", "repo", "in", "--force")
        try await house.pach("backup", "saved")
        #expect(!FileManager.default.fileExists(atPath: house.path("saved/in.git")))
    }

    @Test("a pack that was copied and not checked, since the backup was cut off, is checked by the next one")
    func cutOffCopy() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("fsck", "--publish")
        let pack = try #require(try house.files(below: "repos/in.git/objects/pack").first { $0.key.hasSuffix(".pack") })
        var bytes = pack.value
        bytes[bytes.count - 30] ^= 1
        try await house.run("chmod", "600", "repos/in.git/objects/pack/\(pack.key)")
        try house.write(bytes, to: "repos/in.git/objects/pack/\(pack.key)")
        // A file of another program's, whose place in the backup is taken: the copy ends there.
        try house.write("1", to: "repos/in.git/zzz")
        #expect(try await house.attempt("backup", "saved").code == 1)
        try await house.run("rm", "saved/in.git/zzz")
        try house.write("1", to: "saved/in.git/zzz/taken")
        let cutOff = try await house.attempt("backup", "saved")
        #expect(cutOff.code == 1 && cutOff.error.contains("rename"), "\(cutOff.error)")
        try await house.run("rm", "-r", "saved/in.git/zzz")
        let outcome = try await house.attempt("backup", "saved")
        #expect(outcome.code == 1 && outcome.error.contains("a file of repo in"), "\(outcome)")
    }

    @Test("a damaged backup is refused, and so are folders that hold something else; nothing is changed")
    func refusals() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("backup", "saved")
        var refusal = try await house.attempt("restore", "saved")
        #expect(refusal.code == 1 && refusal.error.contains("is not empty"), "\(refusal.error)")
        try house.write("mine", to: "other/file")
        refusal = try await house.attempt("backup", "other")
        #expect(refusal.code == 1 && refusal.error.contains("holds something that is no backup"), "\(refusal.error)")
        refusal = try await house.attempt("restore", "other", "--root", "again")
        #expect(refusal.code == 1 && refusal.error.contains("no complete backup"), "\(refusal.error)")
        refusal = try await house.attempt("backup", "repos/within")
        #expect(refusal.code == 1 && refusal.error.contains("cannot lie within"), "\(refusal.error)")
        let pack = try #require(try house.files(below: "saved/in.git/objects/pack").first { $0.key.hasSuffix(".pack") })
        var bytes = pack.value
        bytes[bytes.count - 30] ^= 1
        try await house.run("chmod", "600", "saved/in.git/objects/pack/\(pack.key)")
        try house.write(bytes, to: "saved/in.git/objects/pack/\(pack.key)")
        refusal = try await house.attempt("restore", "saved", "--root", "again")
        #expect(refusal.code == 1 && refusal.error.contains("is damaged"), "\(refusal.error)")
        // What is wrong in the backup comes anew once it is looked for.
        #expect(try await house.pach("backup", "saved").contains("0 packs copied"))
        #expect(try await house.pach("backup", "saved", "--verify-all").contains("1 pack copied"))
        try await house.pach("restore", "saved", "--root", "again")
    }

    @Test("a damaged pack, or a repo that is gone, keeps no other repo from the backup, and takes nothing from it, as often as it is tried")
    func damagedRepo() async throws {
        for repo in ["hit", "in", "lost"] { try await house.repo(repo, ["a": "1"]) }
        try await house.pach("backup", "saved")
        let saved = try house.files(below: "saved/lost.git")
        for repo in ["hit", "in"] { try await house.pach("put", "file", "\(repo)@master:/b", input: "2") }
        try await house.pach("fsck", "--publish")
        let known = try Set(house.files(below: "saved/hit.git/objects/pack").keys)
        let pack = try #require(
            try house.files(below: "repos/hit.git/objects/pack").first { $0.key.hasSuffix(".pack") && !known.contains($0.key) })
        var bytes = pack.value
        bytes[bytes.count - 30] ^= 1
        try await house.run("chmod", "600", "repos/hit.git/objects/pack/\(pack.key)")
        try house.write(bytes, to: "repos/hit.git/objects/pack/\(pack.key)")
        try FileManager.default.moveItem(atPath: house.path("repos/lost.git"), toPath: house.path("lost.away"))
        for _ in 0..<2 {
            let outcome = try await house.attempt("backup", "saved")
            #expect(outcome.code == 1 && outcome.output.contains("3 repos backed up, of which 2 not whole"), "\(outcome)")
            #expect(outcome.error.contains("a file of repo hit") && outcome.error.contains("repo lost cannot be read"), "\(outcome.error)")
            #expect(!outcome.error.contains("repo in "), "\(outcome.error)")
        }
        #expect(try house.files(below: "saved/lost.git") == saved)
        #expect(try known.isSubset(of: house.files(below: "saved/hit.git/objects/pack").keys))
        let restoration = try await house.attempt("restore", "saved", "--root", "again")
        #expect(restoration.code == 1 && restoration.output.contains("of which 1 not whole"), "\(restoration)")
        #expect(restoration.error.contains("hit.git' is not whole"), "\(restoration.error)")
        #expect(try await house.run("pach", "--root", "again", "get", "file", "in@master:/b") == "2")
        #expect(try await house.run("pach", "--root", "again", "get", "file", "lost@master:/a") == "1")
        #expect(try await house.run("pach", "--root", "again", "get", "file", "hit@master^:/a") == "1")
        // Once it is back, or given up, the backup is whole.
        try FileManager.default.moveItem(atPath: house.path("lost.away"), toPath: house.path("repos/lost.git"))
        try await house.pach("delete", "repo", "hit")
        try await house.pach("backup", "saved")
    }

    @Test("a backup takes the place of its own root's alone, also once that was restored; another root's is refused")
    func otherRoots() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("backup", "saved")
        try await house.run("pach", "--root", "other", "create", "repo", "elsewhere")
        let before = try house.files(below: "saved")
        let refusal = try await house.attempt("--root", "other", "backup", "saved")
        #expect(refusal.code == 1 && refusal.error.contains("the backup of another data root"), "\(refusal.error)")
        #expect(refusal.error.contains(house.path("repos")) && refusal.error.contains(house.path("other")), "\(refusal.error)")
        #expect(try house.files(below: "saved") == before)
        // The restored root is the one that was backed up.
        try await house.pach("restore", "saved", "--root", "again")
        try await house.run("pach", "--root", "again", "put", "file", "in@master:/b", input: "2")
        try await house.run("pach", "--root", "again", "fsck", "--publish")
        #expect(try await house.run("pach", "--root", "again", "backup", "saved").contains("1 there already"))
        // Backups of versions that noted no root go on.
        try house.write("pach backup 1\n2026-11-21T00:00:00Z\n", to: "saved/pach-backup")
        let strange = try await house.attempt("--root", "other", "backup", "saved")
        #expect(strange.code == 1 && strange.error.contains("repos that"), "\(strange.error)")
        try await house.pach("backup", "saved")
        #expect(try String(contentsOfFile: house.path("saved/pach-backup"), encoding: .utf8).contains("\npath \(house.path("repos"))\n"))
    }

    @Test("a root whose restoration failed is opened by nothing, and a good backup, of other repos too, makes it whole")
    func failedRestoration() async throws {
        for repo in ["in", "more"] { try await house.repo(repo, ["a": "1"]) }
        try await house.pach("backup", "saved")
        try await house.run("cp", "-r", "saved", "hurt")
        let pack = try #require(try house.files(below: "hurt/more.git/objects/pack").first { $0.key.hasSuffix(".pack") })
        var bytes = pack.value
        bytes[bytes.count - 30] ^= 1
        try await house.run("chmod", "600", "hurt/more.git/objects/pack/\(pack.key)")
        try house.write(bytes, to: "hurt/more.git/objects/pack/\(pack.key)")
        #expect(try await house.attempt("restore", "hurt", "--root", "again").code == 1)
        for words in [["create", "repo", "mine"], ["list", "repo"], ["fsck", "--publish"], ["fsck", "--rebuild"], ["run"]] {
            let refusal = try await house.outcome(["pach", "--root", "again"] + words)
            #expect(refusal.code == 1 && refusal.error.contains("pach restore"), "\(words): \(refusal.error)")
        }
        try await house.pach("delete", "repo", "more")
        try await house.pach("backup", "saved")
        // What a version left that did open such a root: a database of its own with a log.
        try house.write("old", to: "again/.pach/metadata.sqlite-wal")
        try house.write("old", to: "again/.pach/metadata.sqlite")
        try await house.pach("restore", "saved", "--root", "again")
        #expect(try await house.run("pach", "--root", "again", "list", "repo", "--raw").contains("\"in\""))
        #expect(try await house.run("pach", "--root", "again", "get", "file", "in@master:/a") == "1")
        #expect(!FileManager.default.fileExists(atPath: house.path("again/more.git")))
        try await house.run("pach", "--root", "again", "fsck")
        #expect(try house.bytes("again/.pach/metadata.sqlite.old") == Array("old".utf8))
    }

    @Test("a backup with a damaged database restores nothing and leaves an empty root; its copy can be rebuilt")
    func damagedDatabase() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("backup", "saved")
        try house.write(noise(8192, seed: 1), to: "saved/.pach/metadata.sqlite")
        let refusal = try await house.attempt("restore", "saved", "--root", "again")
        #expect(refusal.code == 1 && refusal.error.contains("the database of the backup"), "\(refusal.error)")
        try await house.run("pach", "--root", "again", "create", "repo", "mine")
        try await house.run("cp", "-r", "saved", "copy")
        try await house.run("rm", "copy/pach-backup")
        try await house.run("pach", "--root", "copy", "fsck", "--rebuild")
        #expect(try await house.run("pach", "--root", "copy", "get", "file", "in@master:/a") == "1")
    }

    @Test("no command takes a backup for a data root, nor makes one within")
    func backupIsNoRoot() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("backup", "saved")
        let before = try house.files(below: "saved")
        for words in [
            ["--root", "saved", "put", "file", "in@master:/b", "-f", "/dev/null"], ["--root", "saved", "delete", "repo", "in", "--force"],
            ["--root", "saved", "fsck", "--rebuild"], ["--root", "saved", "serve", "--listen", "127.0.0.1:0"],
            ["--root", "saved/sub", "create", "repo", "b"], ["restore", "saved", "--root", "saved"],
            ["restore", "saved", "--root", "saved/sub/sub"],
        ] {
            let refusal = try await house.outcome(["pach"] + words)
            #expect(refusal.code == 1 && refusal.error.contains("pach restore"), "\(words): \(refusal.error)")
        }
        #expect(try house.files(below: "saved") == before)
    }

    @Test("repos with commits beside a database that was emptied: told, as where the database is gone", arguments: [0, 1, 4096])
    func emptiedDatabase(byteCount: Int) async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pach("fsck", "--publish")
        let database = "repos/.pach/metadata.sqlite"
        for log in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: house.path(database + log)) }
        try house.write(Array(try house.bytes(database).prefix(byteCount)), to: database)
        for _ in 0..<2 {
            let refusal = try await house.attempt("list", "repo")
            #expect(refusal.code == 1 && refusal.error.contains("pach fsck --rebuild"), "\(refusal.error)")
        }
        try await house.pach("fsck", "--rebuild")
        #expect(try await house.pach("get", "file", "in@master:/a") == "1")
    }
}
