import Commands
import Model
import Operations
import Testing

/// How commands that run or wait end.
@Suite("outcomes")
struct OutcomeTests {
    @Test("run prints each job as it ends")
    func run() async {
        let engine = FakeEngine { $0.jobs = [Sample.job(), Sample.job("montage")] }
        #expect(
            await pach("run", engine: engine)
                == Outcome(
                    code: 0,
                    output: """
                        edges@1035715e796f45caae7a1d3ffd1f93ca 1 + 0 / 3 success in 2 seconds
                        montage@1035715e796f45caae7a1d3ffd1f93ca 1 + 0 / 3 success in 2 seconds

                        """, error: "2 jobs succeeded.\n"))
    }

    @Test("run fails where a job did")
    func runFails() async {
        let engine = FakeEngine {
            $0.jobs = [Sample.job(), Sample.job("montage", state: .failure, reason: "exit code 2")]
            $0.logs = [Sample.logLine("montage")]
        }
        let outcome = await pach("run", engine: engine)
        #expect(outcome.code == 1)
        #expect(outcome.output.hasSuffix("failure in 2 seconds: exit code 2\n"))
        #expect(
            outcome.error == """
                1 of 2 jobs succeeded.
                'pach logs --job montage@\(Sample.id)' shows what its program printed; with --datum, at one of those \
                that 'pach list datum montage@\(Sample.id)' names.

                """)
    }

    @Test("who looks at a job that failed is led to its log, where there is one", arguments: ["inspect", "wait"])
    func hint(_ verb: String) async {
        let failed = FakeEngine {
            $0.jobs = [Sample.job(state: .failure, reason: "exit code 2")]
            $0.logs = [Sample.logLine("edges")]
        }
        let silent = FakeEngine { $0.jobs = [Sample.job(state: .failure, reason: "could not be executed")] }
        let good = FakeEngine { $0.jobs = [Sample.job()] }
        let job = "edges@\(Sample.id)"
        #expect(await pach(verb, "job", job, engine: failed).error.hasPrefix("'pach logs --job \(job)' shows"))
        #expect(await pach(verb, "job", job, "-o", "json", engine: failed).error == "")
        #expect(await pach(verb, "job", job, engine: silent).error == "")
        #expect(await pach(verb, "job", job, engine: good).error == "")
    }

    @Test("run does not fail where newer jobs took the place of older ones, and of what reads those")
    func runSuperseded() async throws {
        let reasons = [
            (JobState.killed, JobReason.superseded(by: Sample.job().job)), (.unrunnable, JobReason.superseded(in: ["edges"])),
        ]
        let engine = FakeEngine { $0.jobs = [Sample.job()] + reasons.map { Sample.job("montage", state: $0.0, reason: $0.1) } }
        let outcome = await pach("run", engine: engine)
        #expect(outcome.code == 0)
        #expect(outcome.error == "1 of 3 jobs succeeded, 2 superseded.\n")
    }

    @Test("on a terminal run draws how far jobs are, and wipes that for what it prints", .timeLimit(.minutes(1)))
    func runProgress() async {
        let engine = FakeEngine {
            $0.jobs = [Sample.job(state: .running)]
            $0.runsUntilListed = true
        }
        let outcome = await pach(["run"], engine: engine, errorColumns: 80)
        #expect(outcome.error.contains("\rrunning: edges 1 + 0 / 3 (About a minute)\u{1B}[K\r\u{1B}[K"), "\(outcome.error)")
        #expect(outcome.output.hasPrefix("edges@\(Sample.id) 1 + 0 / 3 running"))
    }

    @Test("run has nothing to do")
    func runNothing() async {
        #expect(await pach("run") == Outcome(code: 0, output: "", error: "No job waits.\n"))
    }

    @Test("wait job fails where the job did")
    func waitJob() async {
        let good = FakeEngine { $0.jobs = [Sample.job()] }
        let bad = FakeEngine { $0.jobs = [Sample.job(), Sample.job("montage", state: .killed)] }
        #expect(await pach("wait", "job", "edges@\(Sample.id)", engine: good).code == 0)
        #expect(await pach("wait", "job", "montage@\(Sample.id)", engine: bad).code == 1)
        #expect(await pach("wait", "job", "\(Sample.id)", engine: bad).code == 1)
    }

    @Test("how long ago things were is told as of when the wait is over")
    func timesAfterWait() async {
        let engine = FakeEngine {
            $0.jobs = [Sample.job()]
            $0.commits = [Sample.commit()]
        }
        func output(_ words: String...) async -> String {
            engine.change { $0.time = Sample.before(minutes: 2) }
            return await pach(words, backend: FakeBackend(engine, runsJobs: true), now: engine.now.time).output
        }
        #expect(await output("wait", "job", "edges@\(Sample.id)").contains("\nCreated: 2 minutes ago\nStarted: About a minute ago\n"))
        #expect(await output("wait", "job", "\(Sample.id)").contains("About a minute ago"))
        #expect(await output("wait", "commit", "images@master").contains("\nFinished: 9 minutes ago\n"))
        #expect(await output("wait", "commit", "\(Sample.id)").contains("9 minutes ago"))
    }

    @Test("wait job fails where a newer job took the place of the one that is waited for, and says so")
    func waitSupersededJob() async {
        let newer = JobLink(pipeline: Sample.job("montage").job.pipeline.name, id: Sample.otherID)
        let engine = FakeEngine { $0.jobs = [Sample.job("montage", state: .killed, reason: JobReason.superseded(by: newer))] }
        for job in ["montage@\(Sample.id)", "\(Sample.id)"] {
            let outcome = await pach("wait", "job", job, engine: engine)
            #expect(outcome.code == 1)
            #expect(outcome.output.contains("superseded by job \(newer)"))
        }
    }

    @Test("wait commit fails where the commit did")
    func waitCommit() async {
        let bad = FakeEngine { $0.commits = [Sample.commit(error: "its job failed")] }
        #expect(await pach("wait", "commit", "images@master", engine: FakeEngine { $0.commits = [Sample.commit()] }).code == 0)
        #expect(await pach("wait", "commit", "images@master", engine: bad).code == 1)
        #expect(await pach("inspect", "commit", "images@master", engine: bad).code == 0)
    }

    @Test("without a server nobody waits for what cannot come: what is there is shown, and the rest refused")
    func endlessWaits() async {
        let engine = FakeEngine {
            $0.commits = [Sample.commit(state: .started)]
            $0.jobs = [Sample.job(state: .running)]
            $0.logs = [Sample.logLine("edges")]
        }
        let job = "edges@\(Sample.id)"
        let waits: [(words: [String], reason: String, output: String)] = [
            (["wait", "commit", "images@master"], "commit images@\(Sample.id) is not finished", "State: started"),
            (["wait", "commit", "\(Sample.id)"], "commit images@\(Sample.id) is not finished", "images"),
            (["wait", "job", job], "job \(job) has not ended", "State: running"),
            (["wait", "job", "\(Sample.id)"], "job \(job) has not ended", "edges"),
            (["logs", "--job", job, "-f"], "job \(job) has not ended", "a/b\n"),
            (["logs", "-p", "edges", "-f"], "the lines of pipeline edges cannot be followed", "a/b\n"),
            (["subscribe", "commit", "images"], "the commits of images@master cannot be followed", ""),
        ]
        for (words, reason, output) in waits {
            let outcome = await pach(words, engine: engine)
            #expect(outcome.code == 1 && outcome.output.contains(output), "\(words): \(outcome)")
            #expect(outcome.error.contains("\(reason): without a server"), "\(words): \(outcome.error)")
        }
        let ended = FakeEngine {
            $0.jobs = [Sample.job()]
            $0.logs = [Sample.logLine("edges")]
        }
        #expect(await pach("logs", "--job", job, "-f", engine: ended) == Outcome(code: 0, output: "a/b\n", error: ""))
    }

    @Test("fsck fails where something is damaged, not where it was put right")
    func fsck() async {
        let repaired = FsckFinding.repaired(in: Sample.repoName("a"), "the ref was put right")
        let damage = FsckFinding.damage(in: nil, "an object is gone")
        let good = FakeEngine { $0.report.findings = [repaired] }
        #expect(
            await pach("fsck", engine: good)
                == Outcome(
                    code: 0, output: "repaired: a: the ref was put right\n1 repo, 2 commits, 3 objects checked: nothing is damaged\n",
                    error: ""))
        let bad = FakeEngine { $0.report.findings = [damage] }
        #expect(
            await pach("fsck", engine: bad)
                == Outcome(code: 1, output: "damage: an object is gone\n1 repo, 2 commits, 3 objects checked: 1 damaged\n", error: ""))
    }

    @Test("gc tells what it freed, and fails where something is left")
    func gc() async throws {
        #expect(await pach("gc") == Outcome(code: 0, output: "0B of 0 repos freed\n", error: ""))
        var repo = GarbageReport.Repo(
            repo: try RepoName("images"), objectsKept: 10, objectsRemoved: 4, bytesFreed: 2048, packsBefore: 3, packsAfter: 1, problem: nil)
        let good = FakeEngine { $0.garbage = [repo] }
        #expect(
            await pach("gc", engine: good)
                == Outcome(
                    code: 0, output: "REPO   KEPT REMOVED FREED PACKS PROBLEM\nimages 10   4       2KiB  3 → 1\n2KiB of 1 repo freed\n",
                    error: ""))
        repo.problem = "an upload is at work"
        let busy = FakeEngine { $0.garbage = [repo] }
        #expect(await pach("gc", "--dry-run", engine: busy).code == 1)
        #expect(await pach("gc", "--dry-run", engine: busy).output.hasSuffix("an upload is at work\n2KiB of 1 repo would be freed\n"))
        #expect(
            await pach("gc", "--raw", engine: good).output
                == #"{"dry_run":false,"expired":[],"repos":[{"bytes_freed":2048,"objects_kept":10,"objects_removed":4,"packs_after":1,"packs_before":3,"repo":{"name":"images","type":"user"}}]}"#
                + "\n")
    }

    @Test("where nobody reads on, all is done, and the verdict stands")
    func nobodyReads() async throws {
        let console = Console(
            output: { _ in throw BrokenPipe() }, error: { _ in throw BrokenPipe() }, input: ByteStream([1]), now: { Sample.noon })
        func code(_ engine: FakeEngine, _ arguments: [String]) async -> Int32 {
            await Pach.run(arguments, backend: FakeBackend(engine), console: console, environment: [:])
        }
        let garbage = GarbageReport.Repo(
            repo: try RepoName("images"), objectsKept: 1, objectsRemoved: 0, bytesFreed: 0, packsBefore: 1, packsAfter: 1, problem: "busy")
        let good = FakeEngine {
            $0.jobs = [Sample.job()]
            $0.commits = [Sample.commit()]
        }
        let bad = FakeEngine {
            $0.jobs = [Sample.job(state: .failure)]
            $0.commits = [Sample.commit(error: "its job failed")]
            $0.report.findings = [.damage(in: nil, "an object is gone")]
            $0.garbage = [garbage]
        }
        let commands = [["wait", "job", "edges@\(Sample.id)"], ["wait", "commit", "images@master"], ["run"], ["fsck"], ["gc"]]
        for words in commands {
            #expect(await code(good, words) == 0, "\(words)")
            #expect(await code(bad, words) == 1, "\(words)")
        }
        #expect(await code(good, ["put", "file", "a@b:/c", "-v"]) == 0)
        #expect(good.now.putFiles == [Sample.path("/c"): [1]])
    }

    @Test(
        "on a terminal no line that a program wrote steers it, but for colours; piped on, it is as it was",
        arguments: [
            ("plain", "plain"), ("\t50 %\r100 %", "\t50 %\r100 %"), ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m\u{1b}[0m"),
            ("\u{1b}]0;title\u{7}", #"\u{1B}]0;title\u{07}"#), ("\u{1b}[2Jgone", #"\u{1B}[2Jgone"#), ("\u{9b}2J", #"\u{009B}2J"#),
        ])
    func harmlessLogs(line: String, shown: String) async {
        let engine = FakeEngine { $0.logs = [Sample.logLine("edges", line)] }
        #expect(await pach("logs", "-p", "edges", engine: engine, columns: 80).output == shown + "\n")
        #expect(await pach("logs", "-p", "edges", engine: engine).output == line + "\n")
    }

    @Test("logs prints messages; with --raw all of each line")
    func logs() async {
        let engine = FakeEngine { $0.logs = [Sample.logLine("edges")] }
        let server = FakeBackend(engine, runsJobs: true)
        #expect(await pach("logs", "-p", "edges", "-f", "--since", "1h30m", "-t", "5", backend: server).output == "a/b\n")
        #expect(
            await pach("logs", "-j", "edges@\(Sample.id)", "--master", "--raw", engine: engine).output
                == #"{"job_id":"\#(Sample.id)","message":"a/b","pipeline_name":"edges","source":"stdout","ts":"\#(Sample.noon)"}"# + "\n")
        #expect(
            engine.now.calls == [
                "logs edges job - master false follow true tail 5 since 2026-11-21T10:30:00.000000Z",
                "logs edges job \(Sample.id) master true follow false tail - since -",
            ])
    }
}
