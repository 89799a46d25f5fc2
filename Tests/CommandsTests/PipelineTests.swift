import Commands
import Foundation
import Model
import Operations
import TestSupport
import Testing

/// How specs and code reach the engine.
@Suite("create pipeline")
struct PipelineTests {
    private func spec(_ name: String, build: String? = nil) -> String {
        let build = build.map { #", "build": {"path": "\#($0)"}"# } ?? ""
        return #"""
            {"pipeline": {"name": "\#(name)"}, "transform": {"cmd": ["true"]\#(build)}, "input": {"pfs": {"repo": "a", "glob": "/*"}}}
            """#
    }

    private func engine() -> FakeEngine {
        FakeEngine { $0.pipelines = [Sample.pipeline()] }
    }

    @Test("each document is created, in order")
    func several() async throws {
        let engine = engine()
        let outcome = await pach("create", "pipeline", engine: engine, input: spec("p") + "\n" + spec("q"))
        #expect(outcome == Outcome(code: 0, output: "", error: ""))
        #expect(engine.now.requests.map(\.fileName) == ["standard input", "standard input"])
        #expect(engine.now.requests.map { $0.spec.contains(#""p""#) } == [true, false])
    }

    @Test("what it lacks is told", arguments: [[], ["--dry-run"]])
    func warnings(_ options: [String]) async {
        let engine = engine()
        engine.change { $0.pipelines[0].details.warnings = ["The branch a@b does not exist."] }
        let outcome = await pach(["create", "pipeline"] + options, engine: engine, input: spec("p"))
        #expect(outcome.code == 0)
        #expect(outcome.error == "Pipeline 'edges': The branch a@b does not exist.\n")
    }

    @Test("a mistake in any document creates none")
    func mistake() async throws {
        let engine = engine()
        let outcome = await pach("create", "pipeline", "-f", "-", engine: engine, input: spec("p") + #"{"pipeline": {"name": "q"}}"#)
        #expect(outcome.code == 1)
        #expect(outcome.error.hasPrefix("Error: pipeline spec standard input has "))
        #expect(engine.now.requests.isEmpty)
    }

    @Test("the code beside the spec goes with it")
    func code() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(spec("p", build: "./src"), to: "pipeline.json")
        try folder.write("print(1)", to: "src/main.py")
        try folder.write("x", to: "src/lib/x.py")
        try folder.write("no", to: "src/.git/config")
        try folder.link("src/again.py", to: "main.py")
        #expect(chmod("\(folder.path)/src/main.py", 0o755) == 0)
        let engine = engine()
        #expect(await pach("update", "pipeline", "-f", path, "--reprocess", engine: engine).code == 0)
        #expect(engine.now.calls == ["createPipeline update true reprocess true dryRun false"])
        let code = engine.now.requests.flatMap(\.code)
        #expect(code.map(\.path.description) == ["/again.py", "/lib/x.py", "/main.py"])
        #expect(code.map { String(decoding: $0.bytes, as: UTF8.self) } == ["print(1)", "x", "print(1)"])
        #expect(code.map(\.isExecutable) == [true, false, true])
    }

    @Test("code that is not there, or leads elsewhere, is refused")
    func badCode() async throws {
        let folder = try TemporaryFolder()
        let missing = try folder.write(spec("p", build: "none"), to: "missing.json")
        #expect(
            await pach("create", "pipeline", "-f", missing).error
                == "Error: Could not read the code of pipeline 'p': there is no file or folder '\(folder.path)/none'\n")
        let outside = try folder.write(spec("p", build: "src"), to: "outside.json")
        try folder.write("secret", to: "secret")
        try folder.write("x", to: "src/x")
        try folder.link("src/y", to: "../secret")
        let error = await pach("create", "pipeline", "-f", outside).error
        #expect(error.hasPrefix("Error: Could not read the code of pipeline 'p': the link '\(folder.path)/src/y' leads out of its folder"))
        // Another folder, though the strings are equal.
        let equal = try folder.write(spec("p", build: "\u{e9}"), to: "equal.json")
        try folder.write("secret", to: "e\u{301}/secret")
        try folder.write("x", to: "\u{e9}/x")
        try folder.link("\u{e9}/y", to: "../e\u{301}/secret")
        #expect(await pach("create", "pipeline", "-f", equal).error.contains("leads out of its folder"))
    }

    @Test("a folder without files is refused as such")
    func noCode() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(spec("p", build: "code"), to: "pipeline.json")
        try folder.write("no", to: "code/.git/config")
        let engine = engine()
        #expect(
            await pach("create", "pipeline", "-f", path, engine: engine)
                == Outcome(
                    code: 1, output: "",
                    error: """
                        Error: Could not read the code of pipeline 'p': the folder 'code' holds no files
                        Hint: Put the program into it, or leave transform.build out.

                        """))
        #expect(engine.now.requests.isEmpty)
    }

    @Test("code larger than the limit is refused")
    func tooLarge() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(spec("p", build: "src"), to: "pipeline.json")
        let large = try folder.write("", to: "src/large")
        // A file with a hole: large without taking room.
        #expect(truncate(large, 64 * 1024 * 1024 + 1) == 0)
        let outcome = await pach("create", "pipeline", "-f", path)
        #expect(outcome.code == 1)
        #expect(outcome.error.hasPrefix("Error: Could not read the code of pipeline 'p': it is larger than 64MiB\n"))
    }

    @Test("--dry-run prints the spec, and tells of no jobs")
    func dryRun() async throws {
        let engine = FakeEngine {
            $0.pipelines = [Sample.pipeline()]
            $0.jobs = [Sample.job(state: .created)]
        }
        let outcome = await pach("create", "pipeline", "--dry-run", "-o", "json", engine: engine, input: spec("p"))
        #expect(outcome.output.hasPrefix(#"{"description":"Finds edges.","input":{"cross":"#))
        #expect(outcome.error == "")
        #expect(engine.now.requests.map(\.dryRun) == [true])
        #expect(
            await pach("create", "pipeline", engine: engine, input: spec("p")).error
                == "1 job waits; run it with 'pach run' or 'pach serve'\n")
    }

    @Test("fields that are recorded and not used are named", arguments: [["create"], ["update"], ["create", "--dry-run"]])
    func unused(_ words: [String]) async throws {
        var pipeline = Sample.pipeline()
        pipeline.spec.transform.image = "pachyderm/opencv"
        pipeline.spec.transform.user = "nobody"
        pipeline.spec.transform.recorded = ["dockerfile": .string("Dockerfile")]
        pipeline.spec.recorded = ["standby": .bool(true), "cache_size": .string("1G")]
        let engine = FakeEngine { $0.pipelines = [pipeline] }
        let outcome = await pach([words[0], "pipeline"] + words.dropFirst(), engine: engine, input: spec("p"))
        #expect(outcome.code == 0)
        #expect(
            outcome.error == """
                Pipeline 'edges' has fields that are recorded and not used: cache_size, standby, transform.dockerfile, transform.image, \
                transform.user. Its program runs on this machine, in no container.

                """)
    }

    @Test("fields that the engine overrules are named")
    func overruled() async throws {
        var pipeline = Sample.pipeline()
        let input = try #require(pipeline.spec.input.pfsInputs.first?.name)
        pipeline.spec.transform.env = ["PACH_JOB_ID": "1", input: "2", "\(input)_COMMIT": "3", "PATH": "/opt/bin", "OWN": "4"]
        pipeline.spec.transform.errCmd = ["true"]
        pipeline.spec.transform.acceptReturnCode = [7]
        let engine = FakeEngine { $0.pipelines = [pipeline] }
        let names = ["PACH_JOB_ID", input, "\(input)_COMMIT"].map { "transform.env.\($0)" }.sorted().joined(separator: ", ")
        let start = "Pipeline 'edges' has fields that others overrule: "
        #expect(await pach("create", "pipeline", engine: engine, input: spec("p")).error.hasPrefix(start + names + ". "))
        pipeline.spec.transform.env = [:]
        pipeline.spec.transform.datumBatching = true
        let batching = FakeEngine { $0.pipelines = [pipeline] }
        #expect(
            await pach("create", "pipeline", engine: batching, input: spec("p")).error
                .hasPrefix(start + "transform.accept_return_code, transform.err_cmd. "))
    }

    @Test("where a file has several specs, a failure says of which")
    func whichSpec() async {
        let engine = FakeEngine { $0.failure = PachError(.notFound, "repo a not found") }
        let alone = await pach("create", "pipeline", engine: engine, input: spec("p"))
        #expect(alone.error.hasPrefix("Error: repo a not found\n"))
        let first = await pach("create", "pipeline", engine: engine, input: spec("p") + spec("q"))
        #expect(first.error.hasPrefix("Error: pipeline 'p' of standard input: repo a not found\n"))
    }

    @Test("a spec from elsewhere is refused by name")
    func elsewhere() async {
        let outcome = await pach("create", "pipeline", "-f", "https://example.org/p.json")
        #expect(outcome.code == 1)
        #expect(outcome.error.contains("not supported yet"))
    }
}
