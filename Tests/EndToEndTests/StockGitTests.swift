import Foundation
import Testing

@Suite("Stock Git reads the repos", .endToEnd, .timeLimit(.minutes(10)))
struct StockGitTests {
    let house: House

    init() throws {
        house = try House()
    }

    private static let ordinaryNames = [
        "plain.txt", "ünï çødé", "日本語.txt", "e\u{301}", "é", "with space", "-dash", "%41", "*?[]", "\"quoted\"", "it's", "tab\there",
        "new\nline", ".gitignore", ".mailmap", "..git", "...", "a:b", "CON", "ends.", "~", "folder/日本/ü.txt",
    ]

    /// What Git would refuse or interpret, or what looks like a form of ours.
    private static let escapedNames = [
        ".git", ".GIT", ".git ", ".git.", "git~1", "GITMOD~1", ".gitattributes", ".gitmodules", ".g\u{200c}it", ".git::$INDEX_ALLOCATION",
        "a\\.git\\b", "x~pach.name", "x~pach.chunks", "folder/.git/config", "folder/.gitattributes",
    ]

    @Test("a clone has every file byte for byte, whatever Git's configuration would convert")
    func clone() async throws {
        // Not a dictionary: to Swift the two ways to write é are one.
        let files = Self.ordinaryNames.enumerated().map { (name: $1, content: "file \($0)\r\nsecond line\nthird\r") }
        for file in files { try house.write(file.content, to: "source/\(file.name)") }
        try await house.repo("in")
        try await house.pach("put", "file", "in@master:/", "-r", "-f", "source")
        try await house.expectSound()
        try await house.run("git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "-q", "repos/in.git", "clone")
        for file in files {
            #expect(try house.bytes("clone/\(file.name)") == Array(file.content.utf8), "\(file.name)")
        }
        #expect(try await house.run("git", "-C", "clone", "status", "--porcelain") == "")
    }

    @Test("a path with control characters, quotes or backslashes is shown as Git shows it, one to a line; JSON has it as it is")
    func shownPaths() async throws {
        let odd = ((1...31).map { UInt8($0) } + [127] + Array("\"\\ '".utf8)).map { "x" + String(Unicode.Scalar($0)) + "y" }
        let names = odd + ["x\\ny", "é", "\"", "日本\n語"]
        try await house.repo("in", Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }))
        try await house.pach("fsck", "--publish")
        let git = try await house.run("git", "-C", "repos/in.git", "-c", "core.quotePath=false", "ls-tree", "--name-only", "master")
        let expected = git.split(separator: "\n").filter { $0 != ".gitattributes" }
            .map { $0.hasPrefix("\"") ? "\"/\($0.dropFirst())" : "/\($0)" }
        let listed = try await house.pach("list", "file", "in@master:/").split(separator: "\n").dropFirst()
            .map { String($0.drop { $0 != " " }.drop { $0 == " " }) }
        #expect(listed.count == names.count && listed.sorted() == expected.sorted())
        #expect(try await Set(house.texts("in").keys) == Set(names))
        struct Listed: Decodable {
            struct File: Decodable { var path: String }
            var file: File
        }
        #expect(try await Set(house.json(of: Listed.self, "list", "file", "in@master:/").map(\.file.path)) == Set(names.map { "/" + $0 }))
    }

    @Test("names that Git would refuse are stored escaped, pass its checks and come back as they were")
    func escapedNames() async throws {
        let files = Dictionary(uniqueKeysWithValues: Self.escapedNames.enumerated().map { ($1, "* text eol=crlf \($0)\n") })
        try await house.repo("in", files)
        try await house.expectSound()
        #expect(try await house.texts("in") == files)
        try await house.run("git", "clone", "-q", "repos/in.git", "clone")
        let cloned = try house.files(below: "clone").filter { !$0.key.hasPrefix(".git/") && !$0.key.hasSuffix(".gitattributes") }
        #expect(Set(cloned.values) == Set(files.values.map { Array($0.utf8) }))
        #expect(cloned.keys.allSatisfy { $0.hasSuffix("~pach.name") || $0.contains("~pach.name/") })
    }

    @Test("a large file in a clone is its pieces in the order of their names")
    func chunks() async throws {
        let content = noise(3_000_000, seed: 1) + Array(String(repeating: "text\r\n", count: 300_000).utf8)
        try house.write(content, to: "big")
        try await house.repo("in")
        try await house.pach("put", "file", "in@master:/data/big.bin", "-f", "big")
        try await house.expectSound()
        try await house.run("git", "-c", "core.autocrlf=true", "clone", "-q", "repos/in.git", "clone")
        let script = "find clone/data/big.bin~pach.chunks -type f ! -name .gitattributes | LC_ALL=C sort | xargs cat > joined"
        try await house.run("sh", "-c", script)
        #expect(try house.bytes("joined") == content)
    }

    @Test(
        "whatever a user's Git collects, nothing is lost",
        arguments: [["gc", "--prune=now"], ["repack", "-adq"], ["pack-refs", "--all"]])
    func collection(_ command: [String]) async throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<20).map { ("f\($0)", "content \($0)") })
        try await house.repo("in")
        for (name, content) in files.sorted(by: { $0.key < $1.key }).prefix(3) { try await house.put([name: content], in: "in") }
        try await house.pipeline("copy", "cp $in /pfs/out/")
        let server = try await Server(of: house)
        try await house.put(files, in: "in")
        // Some of it may have landed and not be published yet. Git may refuse to do it, too.
        for repo in try house.repos { _ = try await house.outcome(["git", "-C", "\(house.root)/\(repo)"] + command) }
        try await house.pach("wait", "commit", "copy@master")
        try await server.stop()
        for repo in try house.repos { _ = try await house.outcome(["git", "-C", "\(house.root)/\(repo)"] + command) }
        try await house.expectSound()
        #expect(try await house.texts("in") == files)
        #expect(try await house.texts("copy") == files)
    }

    @Test("a ref that another program moved is put back, what it held is kept, and pushes are refused")
    func foreignRefs() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.put(["a": "2"], in: "in")
        try await house.pach("fsck", "--publish")
        let head = try await house.run("git", "-C", "repos/in.git", "rev-parse", "master")
        let parent = try await house.run("git", "-C", "repos/in.git", "rev-parse", "master^")
        try await house.run("git", "-C", "repos/in.git", "update-ref", "refs/heads/master", parent)
        #expect(try await house.texts("in") == ["a": "2"])
        try await house.expectSound()
        #expect(try await house.run("git", "-C", "repos/in.git", "rev-parse", "master") == head)
        #expect(try await house.run("git", "-C", "repos/in.git", "for-each-ref", "--format=%(objectname)", "refs/pach/foreign") == parent)

        try await house.run("git", "clone", "-q", "repos/in.git", "clone")
        let push = try await house.outcome(["git", "-C", "clone", "push", "-q", "origin", "HEAD:refs/heads/mine"])
        #expect(push.code != 0 && push.error.contains("pach put file"))
    }

    @Test("what another program brought is kept by a collection, whatever files and however little history it has")
    func foreignObjects() async throws {
        try await house.repo("in", ["a": "1"])
        for number in 2...4 { try await house.put(["a": "\(number)"], in: "in") }
        try await house.pach("fsck", "--publish")
        try await house.run("git", "clone", "-q", "--depth", "2", "file://\(house.path("repos/in.git"))", "clone")
        let steps = """
            printf run > tool; chmod +x tool; mkdir folder; ln -s ../a folder/link; git add -A
            git update-index --add --cacheinfo 160000,0123456789012345678901234567890123456789,module
            git -c user.name=x -c user.email=x@example.org commit -q --allow-empty-message -m ''; git tag -a -m t t 2>/dev/null || git tag t
            git rev-parse HEAD HEAD:tool
            """
        let made = try await house.run("sh", "-ec", "cd clone; \(steps)").split(separator: "\n").map(String.init)
        try await house.run("git", "-C", "repos/in.git", "fetch", "-q", "--update-shallow", "../../clone", "HEAD:refs/heads/theirs")
        // A history that another program brought may end before ours does.
        try await house.run("pach", "update", "repo", "in", "--keep-commits", "1")
        try await house.put(["a": "5"], in: "in")
        try await house.pach("fsck", "--publish")
        #expect(try await house.pach("why", "object", made[1]).contains("refs/pach/foreign/heads/theirs"))
        try await house.pach("gc", "--dry-run")
        for _ in 0..<2 {
            try await house.pach("gc")
            try await house.expectSound()
            try await house.run("git", "-C", "repos/in.git", "fsck", "--strict", "--no-dangling")
        }
        #expect(try await house.run("git", "-C", "repos/in.git", "cat-file", "-p", made[1]) == "run")
        // The oldest went, from the database and from Git.
        try await house.pach("fsck", "--rebuild")
        #expect(try await house.json(of: ListedCommit.self, "list", "commit", "in").count == 1)
    }

    @Test("each commit says in its message what it was made from")
    func trailers() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.put(["b": "2"], in: "in")
        try await house.runJobs()
        let input = try #require(try await house.json(of: ListedCommit.self, "inspect", "commit", "in@master").first).commit.id
        let output = try await house.run(
            "git", "-C", "repos/copy.git", "log", "-1",
            "--format=%(trailers:key=Pach-Commit,valueonly)%(trailers:key=Pach-Provenance,valueonly)")
        #expect(output.contains("in@master=\(input)"))
        // One id for all that one put caused.
        let set = try await house.json(of: ListedCommit.self, "list", "commit", input)
        #expect(Set(set.map(\.commit.branch.repo.name)).isSuperset(of: ["in", "copy"]))
        #expect(output.hasPrefix(input))
    }
}

@Suite("Equal content is stored once", .endToEnd, .timeLimit(.minutes(10)))
struct ContentTests {
    let house: House

    init() throws {
        house = try House()
    }

    private func hash(_ path: String) async throws -> String {
        try #require(try await house.json(of: ListedFile.self, "inspect", "file", "in@master:\(path)").first).hash
    }

    @Test("invariant 9: a file has the same id, appended in pieces, put at once or copied")
    func appending() async throws {
        let content = noise(2_500_000, seed: 2)
        try await house.repo("in")
        for (index, start) in stride(from: 0, to: content.count, by: 250_000).enumerated() {
            try house.write(Array(content[start..<start + 250_000]), to: "piece\(index)")
            try await house.pach("put", "file", "in@master:/appended", "--append", "-f", "piece\(index)")
        }
        try house.write(content, to: "whole")
        try await house.pach("put", "file", "in@master:/whole", "-f", "whole")
        try await house.pach("copy", "file", "in@master:/whole", "in@master:/copied")
        let id = try await hash("/whole")
        #expect(try await hash("/appended") == id)
        #expect(try await hash("/copied") == id)
        try await house.pach("get", "file", "in@master:/appended", "-o", "back")
        #expect(try house.bytes("back") == content)
    }

    @Test("100 bytes at the start of a large file add no more than a piece of it")
    func insertion() async throws {
        let content = noise(6_000_000, seed: 3)
        try house.write(content, to: "before")
        try house.write(noise(100, seed: 4) + content, to: "after")
        try await house.repo("in")
        try await house.pach("put", "file", "in@master:/f", "-f", "before")
        try await house.pach("fsck", "--publish")
        let size = try house.objectBytes(of: "in")
        try await house.pach("put", "file", "in@master:/f", "-f", "after")
        try await house.pach("fsck", "--publish")
        #expect(try house.objectBytes(of: "in") - size <= 2 << 20)
    }

    @Test("the same bytes put again make a job that executes nothing")
    func sameAgain() async throws {
        let files = ["a": "1", "b": "2"]
        try await house.repo("in", files)
        try await house.pipeline("copy", "echo ran; cp $in /pfs/out/")
        try await house.runJobs()
        try await house.put(files, in: "in")
        try await house.runJobs()
        let jobs = try await house.jobs("copy")
        #expect(jobs.map(\.progress) == ["0 + 2 / 2", "2 + 0 / 2"])
        #expect(try await house.pach("logs", "-p", "copy") == "ran\nran")
    }
}
