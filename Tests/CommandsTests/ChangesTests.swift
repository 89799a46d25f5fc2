import Commands
import Model
import Operations
import Testing

/// What commands ask of the engine.
@Suite("changes")
struct ChangesTests {
    @Test(
        "a command asks for what it says",
        arguments: [
            (["create", "repo", "a", "-d", "x"], "createRepo a 'x' update false"),
            (["delete", "repo", "a", "-f"], "deleteRepo a force true"),
            (["create", "branch", "a@b", "--head", "master^"], "createBranch a@b head a@master^1"),
            (["create", "branch", "a@b", "--head", "a@c"], "createBranch a@b head a@c"),
            (["create", "branch", "a@b"], "createBranch a@b head none"),
            (["delete", "branch", "a@b"], "deleteBranch a@b force false"),
            (["start", "commit", "a@b", "-p", "master", "-m", "x"], "startCommit a@b parent a@master 'x'"),
            (["finish", "commit", "a@b", "--description", "x"], "finishCommit a@b 'x'"),
            (["finish", "commit", "a@b"], "finishCommit a@b 'none'"),
            (["squash", "commit", "\(Sample.id)"], "squashCommitSet \(Sample.id)"),
            (["delete", "commit", "\(Sample.id)"], "dropCommitSet \(Sample.id)"),
            (["delete", "file", "a@b:/c", "-r"], "deleteFile a@b:/c recursive true"),
            (["copy", "file", "a@b:/c", "d@e:/f", "--append"], "copyFile a@b:/c d@e:/f append"),
            (["delete", "pipeline", "p", "--keep-repo"], "deletePipeline p keepRepo true force false"),
            (["start", "pipeline", "p"], "startPipeline p"), (["stop", "pipeline", "p"], "stopPipeline p"),
            (["rerun", "pipeline", "p"], "rerunPipeline p false"),
            (["rerun", "pipeline", "p", "--reprocess"], "rerunPipeline p true"),
            (["stop", "job", "p@\(Sample.id)"], "stopJob p@\(Sample.id)"),
            (["delete", "job", "p@\(Sample.id)"], "deleteJob p@\(Sample.id)"), (["fsck", "--publish"], "fsck publish true fix false"),
            (["fsck", "--fix"], "fsck publish false fix true"),
            (["backup", "/b/../c", "--link"], "backUp /c links true verifiesAll false"), (["gc"], "collectGarbage dryRun false"),
            (["gc", "--dry-run"], "collectGarbage dryRun true"),
        ])
    func asks(_ arguments: [String], _ call: String) async {
        let engine = FakeEngine()
        let outcome = await pach(arguments, engine: engine)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(engine.now.calls == [call])
        #expect(engine.now.isClosed)
    }

    @Test(
        "beside a server, which runs the jobs, nothing is asked of them once the change is made",
        arguments: [
            ["create", "branch", "a@b"], ["create", "pipeline"], ["update", "pipeline"], ["start", "pipeline", "p"],
            ["rerun", "pipeline", "p"],
        ])
    func jobsOfServer(_ arguments: [String]) async {
        let engine = FakeEngine {
            $0.pipelines = [Sample.pipeline("p")]
            $0.jobListFailure = PachError(.unavailable, "the server went")
        }
        let spec = #"{"pipeline":{"name":"p"},"input":{"pfs":{"repo":"r","glob":"/*"}},"transform":{"cmd":["true"]}}"#
        let outcome = await pach(arguments, backend: FakeBackend(engine, runsJobs: true), input: spec)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(engine.now.calls.count == 1)
    }

    @Test("a job is named by any reference to its commit")
    func jobOfBranch() async {
        let engine = FakeEngine { $0.commits = [Sample.commit("p@master")] }
        #expect(await pach("stop", "job", "p@master^2", engine: engine).code == 0)
        #expect(engine.now.calls == ["stopJob p@\(Sample.id)"])
    }

    @Test(
        "a pipeline's name alone is no job, to whatever command, and leads to its jobs",
        arguments: [
            ["inspect", "job"], ["wait", "job"], ["stop", "job"], ["delete", "job"], ["list", "datum"], ["inspect", "datum"],
            ["logs", "--job"],
        ])
    func pipelineAlone(_ command: [String]) async {
        let datum = command == ["inspect", "datum"] ? ["8e3a"] : []
        let alone = await pach(command + ["p"] + datum)
        #expect(alone.code == 64)
        #expect(
            alone.error == """
                Error: 'p' does not name a job
                Hint: Write p@job-id, or p@branch for that of its head; 'pach list job -p p' shows the ids.

                """)
        if ["list", "stop", "delete"].contains(command[0]) || command == ["inspect", "datum"] {
            #expect(await pach(command + ["\(Sample.id)"] + datum).error.contains("Hint: Write pipeline@\(Sample.id); 'pach list job"))
        }
        let engine = FakeEngine { $0.repos = [Sample.repo("training")] }
        let repo = await pach(command + ["training@master"] + datum, engine: engine)
        #expect(repo.error.hasSuffix("Hint: 'training' is a repo that no pipeline writes; 'pach list pipeline' shows the pipelines.\n"))
    }

    @Test("list job of what is no id of a set leads to what lists or shows it")
    func listJob() async {
        #expect(await pach("list", "job", "p").error.hasSuffix("Hint: 'pach list job -p p' lists the jobs of a pipeline.\n"))
        #expect(await pach("list", "job", "p@master").error.hasSuffix("Hint: 'pach inspect job p@master' tells of one job.\n"))
    }

    @Test("update repo changes what is there, and nothing else")
    func updateRepo() async {
        let engine = FakeEngine { $0.repos = [Sample.repo("training")] }
        #expect(await pach("update", "repo", "training", "-d", "x", engine: engine).code == 0)
        #expect(engine.now.calls == ["createRepo training 'x' update true"])
        #expect(
            await pach("update", "repo", "trainign", "-d", "x", engine: engine).error
                == "Error: repo 'trainign' not found\nHint: Did you mean 'training'?\n")
    }

    @Test("delete --all deletes each")
    func deleteAll() async {
        let engine = FakeEngine {
            $0.repos = [Sample.repo("b"), Sample.repo("a"), Sample.repo("a.meta")]
            $0.pipelines = [Sample.pipeline("q"), Sample.pipeline("p")]
        }
        #expect(await pach("delete", "pipeline", "--all", engine: engine).code == 0)
        #expect(await pach("delete", "repo", "--all", "--force", engine: engine).code == 0)
        #expect(
            engine.now.calls == [
                "deletePipeline q keepRepo false force false", "deletePipeline p keepRepo false force false", "deleteRepo b force true",
                "deleteRepo a force true",
            ])
    }

    @Test("delete pipeline --all deletes what reads a pipeline before it, though it is older, and one that is stopped reads nothing")
    func deleteReadersFirst() async {
        func pipeline(_ name: String, reading repos: [String], stopped: Bool = false) -> PipelineInfo {
            var info = Sample.pipeline(name)
            info.spec.input = .cross(repos.map { .pfs(PFSInput(repo: Sample.repoName($0), glob: "/*")) })
            info.stopped = stopped
            return info
        }
        let engine = FakeEngine {
            $0.pipelines = [
                pipeline("newest", reading: ["in", "idle"]), pipeline("idle", reading: ["oldest"], stopped: true),
                pipeline("middle", reading: ["newest"]), pipeline("oldest", reading: ["middle", "in"]),
            ]
        }
        #expect(await pach("delete", "pipeline", "--all", engine: engine).code == 0)
        let names = engine.now.calls.compactMap { $0.split(separator: " ").dropFirst().first }
        #expect(names == ["oldest", "middle", "newest", "idle"])
    }

    @Test("delete repo --all deletes none where a pipeline writes or reads one", arguments: ["edges", "images"])
    func deleteUsedRepos(_ name: String) async {
        let engine = FakeEngine {
            $0.repos = [Sample.repo("free"), Sample.repo(name)]
            $0.pipelines = [Sample.pipeline()]
        }
        #expect(
            await pach("delete", "repo", "--all", engine: engine)
                == Outcome(
                    code: 1, output: "",
                    error: """
                        Error: repo \(name) is written or read by a pipeline; none is deleted
                        Hint: Use 'pach delete pipeline --all' first, or --force.

                        """))
        #expect(engine.now.calls == [])
    }

    @Test("start commit prints the id")
    func startCommit() async {
        #expect(await pach("start", "commit", "a@b").output == "\(Sample.id)\n")
    }

    @Test("jobs that nobody runs are told of")
    func pendingJobs() async {
        let engine = FakeEngine { $0.pendingJobs = 3 }
        #expect(
            await pach("finish", "commit", "a@b", engine: engine)
                == Outcome(code: 0, output: "", error: "3 jobs wait; run them with 'pach run' or 'pach serve'\n"))
        #expect(await pach("finish", "commit", "a@b", backend: FakeBackend(engine, runsJobs: true)).error == "")
        let one = FakeEngine { $0.pendingJobs = 1 }
        #expect(await pach("finish", "commit", "a@b", engine: one).error == "1 job waits; run it with 'pach run' or 'pach serve'\n")
    }

    @Test("subscribe begins with the first commit, after the one that is named, or with the next")
    func subscribe() async {
        for (arguments, start) in [([], "first"), (["--from", "\(Sample.id)"], "after(images@\(Sample.id))"), (["--new"], "next")] {
            let server = FakeBackend(FakeEngine(), runsJobs: true)
            let lines = await pach(["subscribe", "commit", "images"] + arguments, backend: server).output.split(separator: "\n")
            #expect(lines.count == 3)
            #expect(lines.dropFirst().map { $0.split(separator: "USER").last } == (1...2).map { "   from \(start): \($0)" })
        }
    }
}
