import Foundation
import Testing

@Suite("What is asked badly is refused, with what and why, and changes nothing", .endToEnd, .timeLimit(.minutes(10)))
struct BadInputTests {
    /// A spec of a pipeline `p`, with one thing wrong.
    struct BadSpec: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        /// What the message has to contain.
        var words: [String]

        init(_ name: String, _ text: String, _ words: String...) {
            self.name = name
            self.text = text
            self.words = words
        }

        var testDescription: String { name }
    }

    private static func spec(_ input: String = #"{"pfs":{"repo":"in","glob":"/*"}}"#, name: String = "p", more: String = "") -> String {
        "{\"pipeline\":{\"name\":\"\(name)\"},\n\"input\":\(input),\n\"transform\":{\"cmd\":[\"true\"]}\(more)}"
    }

    static let specs = [
        BadSpec("an empty spec", "", "no pipeline spec", "spec.json:1"),
        BadSpec("an empty list", "[]", "no pipeline spec"),
        BadSpec(
            "a known field that is not built", spec(more: ",\n\"egress\":{\"URL\":\"s3://x\"}"), "spec.json:4", "/egress", "not supported"),
        BadSpec("an unknown field", spec(more: ",\n\"paralelism_spec\":{}"), "spec.json:4", "'paralelism_spec'", "'parallelism_spec'"),
        BadSpec("a wrong type", spec(#"{"pfs":{"repo":"in","glob":7}}"#), "spec.json:2", "/input/pfs/glob", "a string"),
        BadSpec(
            "two kinds of input", spec(#"{"pfs":{"repo":"in","glob":"/*"},"cross":[{"pfs":{"repo":"in","glob":"/"}}]}"#),
            "multiple input types set"),
        BadSpec("no input", spec("{}"), "no input set"),
        BadSpec("no glob", spec(#"{"pfs":{"repo":"in"}}"#), "/input/pfs", "input must specify a glob"),
        BadSpec("a malformed glob", spec(#"{"pfs":{"repo":"in","glob":"/[a"}}"#), "/input/pfs/glob", "'/[a'"),
        BadSpec("an input named out", spec(#"{"pfs":{"repo":"in","name":"out","glob":"/*"}}"#), "/input/pfs/name", "/pfs/out"),
        BadSpec("a missing repo", spec(#"{"pfs":{"repo":"inn","glob":"/*"}}"#), "repo inn not found"),
        BadSpec("an input from a commit", spec(#"{"pfs":{"repo":"in","glob":"/*","commit":"x"}}"#), "input cannot come from a commit"),
        BadSpec(
            "a name that a repo has", spec(#"{"pfs":{"repo":"other","glob":"/*"}}"#, name: "in"), "a repo with the same name already exists"
        ),
        BadSpec("a name that is taken", spec(name: "taken"), "pipeline \"taken\" already exists", "pach update pipeline"),
        BadSpec("a name that is not allowed", spec(name: "a b"), "/pipeline/name", "'a b'"),
        BadSpec(
            "a name that does not begin well", spec(name: "-a"), "/pipeline/name",
            "pipeline names must start with an alphanumeric character"),
        BadSpec("code that is not there", spec().replacing(#""cmd""#, with: #""build":{"path":"nowhere"},"cmd""#), "'p'", "nowhere"),
        BadSpec("text that is no JSON", #"{"pipeline": {"name": "p",}"#, "spec.json:1"),
    ]

    private static func makeHouse() async throws -> House {
        let house = try House()
        try await house.repo("in", ["a": "1"])
        try await house.repo("other")
        try await house.pipeline("taken", "cp $in /pfs/out/")
        try await house.runJobs()
        return house
    }

    /// All that a user could see change.
    private static func state(of house: House) async throws -> [String] {
        var facts: [String] = []
        for words in [["repo"], ["commit", "-x"], ["pipeline"], ["job", "-x"], ["file", "in@master"], ["branch", "in"]] {
            facts.append(try await house.run(words: ["pach", "list"] + words + ["-o", "json"]))
        }
        return facts
    }

    @Test("specs")
    func specs() async throws {
        let house = try await Self.makeHouse()
        let before = try await Self.state(of: house)
        for spec in Self.specs {
            try house.write(spec.text, to: "spec.json")
            let outcome = try await house.attempt("create", "pipeline", "-f", "spec.json")
            #expect(outcome.code == 1, "\(spec.name)")
            #expect(outcome.output == "", "\(spec.name)")
            for word in spec.words { #expect(outcome.error.contains(word), "\(spec.name): \(outcome.error)") }
        }
        #expect(try await Self.state(of: house) == before)
    }

    /// Words of a command, its exit code, and what the message has to contain.
    static let commands: [(words: [String], code: Int32, message: [String])] = {
        let id = "0123456789abcdef0123456789abcdef"
        let long = String(repeating: "x", count: 256)
        return [
            (["create", "repo", "in"], 1, ["repo in already exists", "Hint:"]),
            (["create", "repo", "a b"], 64, ["'a b'", "Hint:"]),
            (["create", "repo", ""], 64, ["Hint:"]),
            (["create", "repo", "in.meta"], 1, ["in.meta", "Hint:"]),
            (["put", "file", "in@master:/../x", "-f", "source"], 64, ["'/../x'", "Hint:"]),
            (["put", "file", "in@master:/a/../x", "-f", "source"], 64, ["'/a/../x'", "Hint:"]),
            (["put", "file", "in@master:/\(long)", "-f", "source"], 64, ["256 bytes", "255"]),
            (["put", "file", "in@master:/x", "-f", "missing"], 1, ["'missing'"]),
            (["put", "file", "in@master:/x", "-f", "."], 1, ["'.'", "-r"]),
            (["put", "file", "nope@master:/x", "-f", "source"], 1, ["repo nope not found"]),
            (["put", "file", "inn@master:/x", "-f", "source"], 1, ["repo inn not found", "Did you mean 'in'?"]),
            (["put", "file", "taken@master:/x", "-f", "source"], 1, ["taken@master", "Hint:"]),
            (["delete", "file", "taken@master:/a"], 1, ["taken@master", "Hint:"]),
            (["start", "commit", "taken@master"], 1, ["cannot start a commit on an output branch: taken@master"]),
            (["finish", "commit", "in@master"], 1, ["has already finished"]),
            (["finish", "commit", "in@\(id)"], 1, ["commit in@\(id) not found"]),
            (["list", "branch", "nope"], 1, ["repo nope not found"]),
            (["inspect", "branch", "in@nope"], 1, ["branch 'nope' not found in repo in"]),
            (["inspect", "commit", "in@\(id)"], 1, ["commit in@\(id) not found"]),
            (["inspect", "commit", "in@master^^"], 1, ["first commit"]),
            (["inspect", "job", "taken@\(id)"], 1, ["job taken@\(id) not found"]),
            (["inspect", "pipeline", "nope"], 1, ["pipeline \"nope\" not found"]),
            (["inspect", "pipeline", "takn"], 1, ["Did you mean 'taken'?"]),
            (["get", "file", "in@master:/nope"], 1, ["file /nope not found in repo in", "Hint:"]),
            (["delete", "file", "in@master:/nope"], 1, ["file /nope not found in in@master", "'pach list file in@master:/'"]),
            (["copy", "file", "in@master:/nope", "in@master:/x"], 1, ["file /nope not found in repo in", "'pach list file in@master:/'"]),
            (["list", "file", "in@master:/*.csv"], 1, ["file /*.csv not found in repo in", "'pach glob file'"]),
            (["get", "file", "in@01234567:/a"], 1, ["branch '01234567' not found in repo in", "32 digits", "'pach list commit in'"]),
            (["glob", "file", "in@master:/[a"], 1, ["'/[a'"]),
            (["delete", "repo", "nope"], 1, ["repo nope not found"]),
            (["delete", "repo", "in"], 1, ["taken", "--force"]),
            (["delete", "repo", "taken"], 1, ["pach delete pipeline taken"]),
            (["delete", "branch", "in@master"], 1, ["branch in@master is an input of taken", "--force"]),
            (["delete", "branch", "taken@master"], 1, ["cannot delete an output branch: taken@master"]),
            (["delete", "pipeline", "nope"], 1, ["pipeline \"nope\" not found"]),
            (["logs", "-p", "nope"], 1, ["pipeline \"nope\" not found"]),
            (["create"], 64, ["needs a noun", "repo, branch, pipeline"]),
            (["list", "jb"], 64, ["Did you mean 'pach list job'?"]),
            (["lst", "job"], 64, ["Did you mean 'pach list'?"]),
            (["list", "job", "--bogus"], 64, ["--bogus"]),
            (["list", "file"], 64, ["folder"]),
            (["serve", "--listen", "nowhere"], 64, ["'nowhere'", "HOST:PORT"]),
            (["list", "repo", "--lock-timeout", "soon", "--root", "repos"], 64, ["'soon'", "Hint:"]),
        ]
    }()

    @Test("commands, with the data root at hand and through a server", arguments: [false, true])
    func commands(throughServer: Bool) async throws {
        let house = try await Self.makeHouse()
        try house.write("source", to: "source")
        let server = throughServer ? try await Server(of: house) : nil
        let before = try await Self.state(of: house)
        for (words, code, message) in Self.commands {
            let outcome = try await house.outcome(["pach"] + words, environment: server?.environment ?? [:])
            #expect(outcome.code == code, "\(words): \(outcome.error)")
            #expect(outcome.output == "", "\(words)")
            #expect(outcome.error.hasPrefix("Error: "), "\(words): \(outcome.error)")
            for word in message { #expect(outcome.error.contains(word), "\(words): \(outcome.error)") }
        }
        #expect(try await Self.state(of: house) == before)
        try await server?.stop()
    }

    @Test("where there is no data root all but what makes one says so, and makes none")
    func noRoot() async throws {
        let house = try House()
        try house.write(House.spec("copy", "cp $in /pfs/out/"), to: "spec.json")
        try house.write("1", to: "none/elsewhere/a")
        for words in [
            ["list", "repo"], ["put", "file", "in@master:/a", "-f", "spec.json"], ["get", "file", "in@master:/a"], ["run"], ["gc"],
            ["fsck"],
            ["fsck", "--rebuild"], ["backup", "saved"], ["create", "pipeline", "-f", "spec.json"], ["create", "branch", "in@master"],
        ] {
            for root in ["repos", "none/elsewhere"] {
                let outcome = try await house.outcome(["pach", "--root", root] + words)
                #expect(outcome.code == 1 && outcome.output == "", "\(words): \(outcome)")
                #expect(outcome.error.contains("there is no data root in '\(house.path(root))'"), "\(words): \(outcome.error)")
            }
        }
        #expect(try house.files(below: ".").keys.sorted() == ["none/elsewhere/a", "spec.json"])
        try await house.repo("in")
        #expect(try await house.pach("list", "repo", "-o", "json").contains("\"in\""))
    }

    @Test("a name that is not UTF-8 is refused, not taken for another one")
    func names() async throws {
        let house = try House()
        try await house.repo("in")
        let outcome = try await house.outcome(["bash", "-c", #"printf 1 | pach put file "$(printf 'in@master:/a\377')""#])
        #expect(outcome.code == 64)
        #expect(outcome.error.hasPrefix("Error: argument 3, ") && outcome.error.contains("is not UTF-8"), "\(outcome.error)")
        #expect(try await !house.pach("list", "branch", "in").contains("master"))
    }

    @Test("a full disk is named, and what was there stays", .enabled(if: Programs.isRoot))
    func fullDisk() async throws {
        let house = try House()
        try await house.run("mkdir", "repos")
        // A file system of its own, which is gone with its namespace.
        try house.write(noise(30_000_000, seed: 5), to: "big")
        let script = """
            set -e
            mount -t tmpfs -o size=24m none repos
            pach create repo in
            echo small > small
            pach put file in@master:/small -f small
            ! pach put file in@master:/big -f big 2> error
            pach get file in@master:/small
            pach list file in@master | tail -n +2
            rm -f filler
            pach put file in@master:/after -f small
            pach fsck --publish
            git -C repos/in.git fsck --strict --no-dangling
            """
        let outcome = try await house.outcome(["unshare", "-m", "sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.hasPrefix("small\n"))
        #expect(!outcome.output.contains("/big"))
        let error = String(decoding: try house.bytes("error"), as: UTF8.self)
        #expect(error.hasPrefix("Error: ") && error.contains("space"), "\(error)")
    }
}
