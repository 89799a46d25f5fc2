import ArgumentParser
import Synchronization
import Testing

@testable import Commands

// One at a time: which shell asks for completions is a variable of the process in ArgumentParser, also while a script is made.
@Suite("help", .serialized)
struct HelpTests {
    @Test("a verb's help lists its nouns")
    func verb() async {
        #expect(
            await pach("create", "--help")
                == Outcome(
                    code: 0,
                    output: """
                        OVERVIEW: Create a repo, branch or pipeline.

                        USAGE: pach create <subcommand>

                        OPTIONS:
                          -h, --help              Show help information.

                        SUBCOMMANDS:
                          repo, repos             Create a repo.
                          branch, branches        Create a branch, or move one.
                          pipeline, pipelines     Create pipelines from specs.

                          See 'pach help create <subcommand>' for detailed help.

                        """, error: ""))
    }

    @Test("a command's help has an example")
    func command() async {
        let text = """
            OVERVIEW: Delete a file in a new commit; earlier commits keep it.

            Example:
              pach delete file training@master:/2024 -r

            Options of all commands, such as --root: see 'pach --help'.

            USAGE: pach delete file <file> [--recursive]

            ARGUMENTS:
              <file>                  The file: repo@branch-or-commit:/path.

            OPTIONS:
              -r, --recursive         Delete a folder with all that is below it.
              -h, --help              Show help information.


            """
        #expect(await pach("delete", "file", "--help") == Outcome(code: 0, output: text, error: ""))
        #expect(await pach("help", "delete", "files").output == text)
    }

    @Test("without a word the program tells what it is")
    func root() async {
        let outcome = await pach()
        #expect(outcome.code == 0)
        #expect(outcome.output.hasPrefix("OVERVIEW: Versioned data, and pipelines that follow it.\n"))
        #expect(outcome.output.contains("--root <dir>"))
        #expect(!outcome.output.contains("missing"))
        #expect(await pach("--help") == outcome)
    }

    @Test("every command gives its name, says what it does, and shows how")
    func all() {
        var seen = 0
        func visit(_ command: any ParsableCommand.Type, _ path: String) {
            let configuration = command.configuration
            guard configuration.shouldDisplay else { return }
            // One made of the type's name is as good to read, but found slowly, at every start of the program.
            #expect(configuration.commandName != nil, "\(path)")
            #expect(!configuration.abstract.isEmpty, "\(path)")
            if configuration.subcommands.isEmpty {
                seen += 1
                #expect(configuration.discussion.contains("Example"), "\(path)")
                #expect(configuration.discussion.contains("pach "), "\(path)")
                let isNoun = path.split(separator: " ").count == 3 && !["pach next datum", "pach why object"].contains(path)
                #expect(!isNoun || !configuration.aliases.isEmpty, "\(path) has no plural")
            }
            for subcommand in configuration.subcommands { visit(subcommand, "\(path) \(subcommand._commandName)") }
        }
        visit(PachCommand.self, "pach")
        #expect(seen > 40)
    }

    @Test("scripts complete in each shell", arguments: ["bash", "zsh", "fish"])
    func completion(_ shell: String) async {
        let outcome = await pach("completion", shell)
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("subscribe"))
        #expect(!outcome.output.contains("missing-noun"))
    }

    @Test(
        "names are completed where there are some",
        arguments: [
            (["inspect", "repo"], "positional@0", "images"), (["list", "commit"], "positional@0", "images@master"),
            (["get", "file"], "positional@0", "images@master"), (["start", "pipeline"], "positional@0", "edges"),
            (["list", "job"], "-p", "edges"), (["wait", "job"], "positional@0", "edges@\(Sample.id)"),
            (["logs"], "--job", "edges@\(Sample.id)"),
        ])
    func names(_ command: [String], _ argument: String, _ name: String) async {
        let engine = FakeEngine {
            $0.repos = [Sample.repo("images"), Sample.repo("images.meta")]
            $0.pipelines = [Sample.pipeline("edges")]
            $0.jobs = [Sample.job("edges")]
        }
        let backend = FakeBackend(engine)
        let typed = ["pach", "--root", "/data"] + command + [""]
        let outcome = await pach(
            ["---completion"] + command + ["--", argument, "\(typed.count - 1)", "0"] + typed, engine: engine, backend: backend)
        #expect(outcome == Outcome(code: 0, output: name + "\n", error: ""))
        #expect(backend.requests.withLock(\.self) == ["open /data 0.5 seconds -"])
        #expect(engine.now.isClosed)
    }
}
