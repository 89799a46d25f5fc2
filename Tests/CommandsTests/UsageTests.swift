import Commands
import Model
import Operations
import Synchronization
import Testing

/// Command lines that cannot be meant, and failures.
@Suite("usage")
struct UsageTests {
    @Test("a verb without its noun names the nouns")
    func verbAlone() async {
        #expect(
            await pach("create")
                == Outcome(
                    code: 64, output: "",
                    error: "Error: 'pach create' needs a noun: repo, branch, pipeline\nHint: See 'pach create --help'.\n"))
        let verbs = "create update list inspect delete start finish stop wait subscribe put get glob copy diff next"
        for verb in verbs.split(separator: " ") {
            #expect(await pach(String(verb)).code == 64, "\(verb)")
        }
    }

    @Test("an unknown noun leads to the nearest")
    func unknownNoun() async {
        #expect(
            await pach("create", "rpeo", "training", "-d", "x").error
                == "Error: 'rpeo' is not a noun of 'pach create'\nHint: Did you mean 'pach create repo'?\n")
        #expect(
            await pach("create", "zebra")
                == Outcome(
                    code: 64, output: "",
                    error: "Error: 'zebra' is not a noun of 'pach create'\nHint: There are: repo, branch, pipeline.\n"))
    }

    @Test("an unknown command leads to the nearest")
    func unknownVerb() async {
        #expect(await pach("crate", "repo", "x").error == "Error: 'crate' is not a command of 'pach'\nHint: Did you mean 'pach create'?\n")
        #expect(await pach("crate").code == 64)
        #expect(await pach("--bogus").code == 64)
    }

    @Test(
        "what pachctl has and pach has not leads to what there is",
        arguments: [
            ("restart datum a@b", "pach rerun pipeline NAME"), ("run pipeline clean", "pach rerun pipeline NAME"),
            ("run cron tick", "There are no cron inputs"), ("edit pipeline clean", "pach update pipeline -f FILE"),
            ("draw pipeline", "docs/differences.md"), ("find commit a", "git -C DIR/REPO.git log -- PATH"), ("auth login", "PACH_TOKEN"),
            ("config get", "PACH_ADDRESS"), ("mount a", "pach get file"), ("list projects", "'default'"),
            ("list secret", "docs/differences.md"), ("debug dump x", "pach logs"),
        ])
    func pachctl(_ line: String, _ hint: String) async throws {
        let words = line.split(separator: " ").map(String.init)
        let outcome = await pach(words)
        #expect(outcome.code == 64 && outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("Error: there is no 'pach \(words[0])"), "\(outcome)")
        let said = try #require(outcome.error.split(separator: "\n").last)
        #expect(said.hasPrefix("Hint: ") && said.contains(hint), "\(outcome)")
        for options in [["--root", "R"], ["--root=R", "--no-color"], ["-v", "--lock-timeout", "1s"]] {
            #expect(await pach(options + words) == outcome, "\(options)")
        }
    }

    @Test("a number that cannot be meant is refused as a number", arguments: ["-1", "0", "many", "9223372036854775808"])
    func numbers(_ number: String) async {
        for list in [["list", "commit"], ["list", "job"]] {
            let outcome = await pach(list + ["-n", number])
            #expect(outcome.code == 64 && outcome.output.isEmpty)
            #expect(
                outcome.error.hasPrefix("Error: The value '\(number)' is invalid for '-n <number>': it wants a number from 1 on\n"),
                "\(outcome)")
        }
        #expect(await pach("logs", "-p", "edges", "--tail", "-1").error.contains("a number from 0 on"))
    }

    @Test(
        "the parser's own complaints end with 64",
        arguments: [
            ["create", "repo"], ["list", "repo", "--bogus"], ["list", "commit", "-n", "many"], ["list", "repo", "-o", "xml"],
            ["delete", "repo"], ["delete", "pipeline", "p", "--all"], ["logs"], ["get", "file", "a@b:/", "-r"],
            ["create", "repo", "a", "b"], ["list", "job", "-i", "x"], ["completion", "csh"],
            ["list", "commit", "--origin", "auto"],
        ])
    func parser(_ arguments: [String]) async {
        let engine = FakeEngine()
        let outcome = await pach(arguments, engine: engine)
        #expect(outcome.code == 64)
        #expect(outcome.error.hasPrefix("Error: "))
        #expect(outcome.output == "")
        #expect(engine.now.calls == [])
    }

    @Test(
        "a malformed name or reference ends with 64",
        arguments: [
            ["create", "repo", "a b"], ["list", "file", "a@b:/../c"], ["create", "branch", "a@b^"], ["inspect", "job", "train"],
            ["inspect", "job", "train@^"], ["list", "repo", "--lock-timeout", "soon"], ["logs", "-p", "-bad-"],
            ["list", "repo", "--lock-timeout", "9223372036854775807"], ["logs", "-p", "edges", "--since", "99999999999999"],
        ])
    func malformed(_ arguments: [String]) async {
        let outcome = await pach(arguments)
        #expect(outcome.code == 64, "\(outcome)")
        #expect(outcome.error.hasPrefix("Error: "))
    }

    @Test(
        "a name that cannot be is told before an engine is opened, or a data root made",
        arguments: [
            ["create", "repo", "a b"], ["create", "repo", "a", "--keep-for", "long"], ["inspect", "repo", "a b"],
            ["inspect", "pipeline", "a b"], ["get", "file", "a b@c:/d"], ["list", "commit", "a b@c"], ["inspect", "job", "a b@c"],
        ])
    func malformedName(_ arguments: [String]) async {
        let backend = FakeBackend(FakeEngine())
        let outcome = await pach(arguments, backend: backend)
        #expect(outcome.code == 64, "\(outcome)")
        #expect(backend.requests.withLock { $0 } == [])
    }

    @Test("a failure says what, why, where, and what would help, and ends with 1")
    func failure() async {
        let error = PachError(
            .invalidSpec, "pipeline spec p.json has 2 mistakes", cause: "a typo",
            hint: "See the docs.",
            details: [
                .init(file: "p.json", line: 3, column: 5, pointer: "/input/pfs/globb", message: "unknown field"),
                .init(message: "no input\u{1B} set"),
            ])
        let engine = FakeEngine { $0.failure = error }
        #expect(
            await pach("start", "pipeline", "p", engine: engine)
                == Outcome(
                    code: 1, output: "",
                    error: """
                        Error: pipeline spec p.json has 2 mistakes
                        Caused by: a typo
                          p.json:3:5: /input/pfs/globb: unknown field
                          no input\\u{1B} set
                        Hint: See the docs.

                        """))
        #expect(engine.now.isClosed)
    }

    @Test("a misspelt repo leads to the nearest")
    func misspelt() async {
        let engine = FakeEngine {
            $0.repos = [Sample.repo("training"), Sample.repo("model")]
            $0.pipelines = [Sample.pipeline()]
        }
        #expect(
            await pach("inspect", "repo", "trainig", engine: engine).error
                == "Error: repo 'trainig' not found\nHint: Did you mean 'training'?\n")
        #expect(await pach("inspect", "pipeline", "egdes", engine: engine).error.hasSuffix("Hint: Did you mean 'edges'?\n"))
        #expect(await pach("inspect", "branch", "training@x", engine: engine).error == "Error: branch 'training@x' not found\n")
    }

    @Test("nobody who reads is no failure")
    func brokenPipe() async {
        let console = Console(
            output: { _ in throw BrokenPipe() }, error: { _ in Issue.record("nothing should be said") }, input: .init([]),
            now: { Sample.noon })
        let engine = FakeEngine {
            $0.files = [Sample.file("/a")]
            $0.contents = [Sample.path("/a"): [1]]
        }
        for arguments in [["list", "file", "a@b"], ["get", "file", "a@b:/a"], ["--help"]] {
            #expect(await Pach.run(arguments, backend: FakeBackend(engine), console: console, environment: [:]) == 0)
        }
    }
}
