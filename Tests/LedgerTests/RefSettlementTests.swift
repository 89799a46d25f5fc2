import Foundation
import GitStore
import Metadata
import Model
import TestSupport
import Testing

@testable import Ledger

@Suite("Refs are where the database says, whoever moves or damages them")
struct RefSettlementTests {
    @Test("a ref that another program moved is put back, and what it held is kept")
    func foreignRef() async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, first)
            try await TestLedger.put("two", at: "/a", in: repo, first)
            try await first.close()
            let git = try GitProgram(repository: root.repoPath(repo))
            let head = try git.run("rev-parse", "master")
            let parent = try git.run("rev-parse", "master^")
            _ = try git.run("update-ref", "refs/heads/master", "master^")

            let ledger = try Ledger(root: root)
            try await ledger.publish()
            #expect(try git.run("rev-parse", "master") == head)
            #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == parent)
        }
    }

    @Test("many refs are packed when the root is opened, and stay where they are")
    func manyRefs() async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, first)
            try await first.close()
            let git = try GitProgram(repository: root.repoPath(repo))
            let head = try git.run("rev-parse", "master")
            let updates = (0...Limits.looseRefCountMax).map { "create refs/pach/foreign/heads/\($0) \(head)\n" }.joined()
            _ = try runProgram(["git", "-C", root.repoPath(repo), "update-ref", "--stdin"], input: Array(updates.utf8)).successful()
            let before = try git.run("for-each-ref")

            let ledger = try Ledger(root: root)
            #expect(try git.run("for-each-ref") == before)
            #expect(
                try FileManager.default.subpathsOfDirectory(atPath: root.repoPath(repo) + "/refs").filter { $0.contains("foreign/heads/") }
                    == [])
            try await TestLedger.put("two", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try git.run("rev-parse", "master^") == head)
        }
    }

    @Test("a ref that another program moves beside an open ledger is put where it belongs, and what it held is kept")
    func foreignRefBesideUs() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let foreign = try git.run(identity + ["commit-tree", "-m", "other", "-p", "master", "master^{tree}"])
            _ = try git.run("update-ref", "refs/heads/master", foreign)
            try await TestLedger.put("two", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try git.run("show", "master:a") == "two")
            #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == foreign)
        }
    }

    @Test(
        "a ref that another program wrote by hand is kept, whatever it ends in, and also where no ref can be called so",
        arguments: ["", " \n", "\r\n", "!"], ["mine", "mine (1)"])
    func foreignRefByHand(_ end: String, _ name: String) async throws {
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, first)
            try await first.close()
            let git = try GitProgram(repository: root.repoPath(repo))
            let identity = ["-c", "user.name=other", "-c", "user.email=other@localhost"]
            let foreign = try git.run(identity + ["commit-tree", "-m", "other", "-p", "master", "master^{tree}"])
            try Data((foreign + end).utf8).write(to: URL(fileURLWithPath: "\(root.repoPath(repo))/refs/heads/\(name)"))

            let ledger = try Ledger(root: root)
            try await ledger.publish()
            #expect(try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == foreign)
            #expect(!FileManager.default.fileExists(atPath: "\(root.repoPath(repo))/refs/heads/\(name)"))
        }
    }

    /// Ways to damage a `packed-refs` of two refs, by its bytes.
    private static let packedDamage: [(what: String, change: @Sendable (inout [UInt8]) -> Void)] = [
        ("a digit", { $0[$0.lastIndex(of: 0x20)! - 7] = UInt8(ascii: "x") }),
        ("a digit that makes a comment", { $0[$0.lastIndex(of: 0x20)! - 40] = UInt8(ascii: "#") }),
        ("a letter of a name", { $0[$0.count - 2] ^= 1 }),
        (
            "the order",
            { bytes in
                let lines = bytes.split(separator: 0x0a)
                bytes = Array([lines[0], lines[2], lines[1]].joined(separator: [0x0a])) + [0x0a]
            }
        ),
        ("the end", { $0.removeLast(3) }),
        ("the header", { $0[0] = UInt8(ascii: "+") }),
    ]

    @Test("damage to packed-refs is mended when the root is opened, and while it is open", arguments: packedDamage.map(\.what))
    func packedRefs(_ what: String) async throws {
        let change = try #require(Self.packedDamage.first { $0.what == what }).change
        try await TestLedger.with { first, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, first)
            try await first.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            try await first.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            func damage() throws {
                _ = try git.run("pack-refs", "--all")
                let url = URL(fileURLWithPath: "\(root.repoPath(repo))/packed-refs")
                var bytes = [UInt8](try Data(contentsOf: url))
                change(&bytes)
                try Data(bytes).write(to: url)
            }
            try damage()
            #expect(try what == "a letter of a name" || !first.store(repo).damage().isEmpty)
            // What keeps a ref from moving is repaired then, the rest by 'fsck --fix'.
            try await TestLedger.put("two", at: "/a", in: repo, first)
            try await first.publish()
            #expect(try git.run("show", "master:a") == "two")
            _ = try await first.settleRefs(of: first.store(repo).row)
            try await first.publish()
            #expect(try git.run("show", "dev:a") == "one")
            try await first.close()

            try damage()
            let second = try Ledger(root: root)
            try await second.publish()
            #expect(try git.run("show", "master:a") == "two" && git.run("show", "dev:a") == "one")
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
            #expect(try second.store(repo).damage().isEmpty)
        }
    }

    @Test("refs that no Git reads well are put right: HEAD without branch, symbolic ones, names that are no UTF-8")
    func strangeRefs() async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let path = root.repoPath(repo)
            let git = try GitProgram(repository: path)
            let head = try git.run("rev-parse", "master")
            _ = try git.run("symbolic-ref", "refs/heads/sym", "refs/heads/nowhere")
            _ = try git.run("symbolic-ref", "HEAD", "refs/heads/x")
            let name = Array("\(path)/refs/heads/caf".utf8CString.dropLast()) + [CChar(bitPattern: 0xe9), 0]
            #expect(rename("\(path)/description", name) == 0)
            try "\(head)\n".write(toFile: "\(path)/description", atomically: false, encoding: .utf8)
            #expect(rename("\(path)/description", name) == 0)
            #expect(try ledger.store(repo).damage().map(\.file).sorted() == ["HEAD", "refs/heads/caf\u{FFFD}", "refs/heads/sym"])
            let row = try ledger.store(repo).row
            #expect(try await ledger.settleRefs(of: row).count == 3)
            #expect(try git.run("symbolic-ref", "HEAD") == "refs/heads/master")
            #expect(
                try git.run("for-each-ref", "--format=%(refname)")
                    == "refs/heads/master\nrefs/pach/foreign/heads/caf%E9-\(head.prefix(12))")
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
            #expect(try ledger.store(repo).damage().isEmpty)
            // Which branch of ours clones check out is the user's choice.
            try await ledger.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            _ = try git.run("symbolic-ref", "HEAD", "refs/heads/dev")
            #expect(try await ledger.settleRefs(of: row).isEmpty)
        }
    }

    @Test("what another program put in the way of a ref is kept elsewhere, and the ref takes its place", arguments: ["folder", "garbage"])
    func refInTheWay(_ what: String) async throws {
        try await TestLedger.with { ledger, root, repo in
            try await TestLedger.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let git = try GitProgram(repository: root.repoPath(repo))
            if what == "folder" {
                _ = try git.run("update-ref", "refs/heads/dev/x", "master")
            } else {
                try "garbage\n".write(toFile: "\(root.repoPath(repo))/refs/heads/dev", atomically: false, encoding: .utf8)
            }
            try await ledger.write { transaction in
                let head = try transaction.database.head(of: Branch(repo: repo))
                try transaction.moveBranch(Branch(repo: repo, name: BranchName("dev")), to: head)
            }
            try await ledger.publish()
            #expect(try git.run("show", "dev:a") == "one")
            let kept = try git.run("for-each-ref", "--format=%(objectname)", "refs/pach/foreign")
            #expect(try what == "folder" ? kept == git.run("rev-parse", "master") : kept.isEmpty)
            #expect(try git.run("fsck", "--strict", "--no-dangling").isEmpty)
        }
    }
}
