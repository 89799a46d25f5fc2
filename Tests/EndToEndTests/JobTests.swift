import Foundation
import Testing

@Suite("Jobs and datums end as they should", .endToEnd, .timeLimit(.minutes(10)))
struct JobTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("four datums of a second, four at a time, take less than two and a half")
    func parallel() async throws {
        try await house.repo("in", ["a": "", "b": "", "c": "", "d": ""])
        var best = Double.infinity
        // The machine may be busy with something else; once is proof.
        for round in 0..<4 where best >= 2.5 {
            try await house.pipeline(
                "slow", "sleep 1 # \(round)", update: round > 0, with: ["parallelism_spec": ["constant": 4]])
            try await house.runJobs()
            let job = try await house.lastJob("slow")
            #expect(job.progress == "4 + 0 / 4")
            best = min(best, try #require(job.seconds))
        }
        #expect(best < 2.5)
    }

    @Test("a program that fails has its standard error in the logs, and its downstream is unrunnable")
    func failure() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("bad", "echo fine; echo the trouble >&2; exit 3", with: ["datum_tries": 1])
        try await house.pipeline("next", reading: "bad", "true")
        try await house.pipeline("last", reading: "next", "true")
        let run = try await house.runJobs()
        #expect(run.code == 1)
        #expect(try await house.pach("logs", "-p", "bad").split(separator: "\n").sorted() == ["fine", "the trouble"])
        let bad = try await house.lastJob("bad")
        #expect(bad.state == "JOB_FAILURE" && bad.failed == 1 && bad.reason.contains("exited with code 3: the trouble"))
        let next = try await house.jobs("next")
        #expect(next.allSatisfy { $0.state == "JOB_UNRUNNABLE" })
        #expect(next.first?.reason == "unrunnable because the following upstream pipelines failed: bad")
        #expect(try await house.jobs("last").allSatisfy { $0.state == "JOB_UNRUNNABLE" })
        #expect(try await house.attempt("wait", "commit", "last@\(try #require(house.jobs("last").first).id)").code == 1)
        try await house.expectSound()
    }

    @Test("who interrupts run is told what becomes of its jobs, which wait as they did")
    func interrupted() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("slow", "echo begun; sleep 1000")
        let run = try Child(["pach", "run"], in: house.folder, environment: Programs.environment(home: house.folder))
        var log = ""
        while !log.contains("begun") {
            await Task.yield()
            log = try house.files(below: "repos/.pach/logs").values.map { String(decoding: $0, as: UTF8.self) }.joined()
        }
        run.kill(SIGINT)
        let outcome = try await run.wait()
        #expect(outcome.code == 128 + SIGINT && outcome.output.isEmpty)
        #expect(outcome.error.hasPrefix("Interrupted: the jobs are stopped, and what their datums have done is kept;"), "\(outcome)")
        let job = try await house.lastJob("slow")
        #expect(job.state == "JOB_CREATED" && job.started == nil)
        try await house.pach("stop", "job", job.name)
        try await house.expectSound()
    }

    @Test("a datum whose err_cmd succeeds is recovered: no output, the job goes on, and the next one tries again")
    func recovered() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pipeline(
            "picky", "grep -q 2 $in && exit 5; cp $in /pfs/out/", with: ["datum_tries": 2],
            transform: ["err_cmd": ["sh"], "err_stdin": ["echo mended $in"]])
        #expect(try await house.runJobs().code == 0)
        let first = try await house.lastJob("picky")
        #expect(first.state == "JOB_SUCCESS" && first.processed == 1 && first.recovered == 1 && first.failed == 0)
        #expect(try await house.texts("picky") == ["a": "1"])
        // After each failed attempt.
        #expect(try await house.pach("logs", "-p", "picky") == "mended /pfs/in/b\nmended /pfs/in/b")
        try await house.put(["c": "3"], in: "in")
        try await house.runJobs()
        let second = try await house.lastJob("picky")
        #expect(second.processed == 1 && second.recovered == 1 && second.skipped == 1 && second.total == 3)
    }

    @Test("an accepted return code is success")
    func acceptedCode() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("seven", "cp $in /pfs/out/; exit 7", transform: ["accept_return_code": [7]])
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.texts("seven") == ["a": "1"])
    }

    @Test("a datum is tried as often as the spec says, each time with an empty /pfs/out and /tmp")
    func tries() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline(
            "stubborn", "ls -A /pfs/out /tmp | grep left; echo attempt; touch /pfs/out/left /tmp/left; exit 1", with: ["datum_tries": 4])
        try await house.runJobs()
        #expect(try await house.pach("logs", "-p", "stubborn") == Array(repeating: "attempt", count: 4).joined(separator: "\n"))
        let datums = try await house.json(of: ListedDatum.self, "list", "datum", try await house.lastJob("stubborn").name)
        #expect(datums.map(\.state) == ["FAILED"])
        #expect(datums.map(\.tries) == [4])
    }

    @Test("time limits end a datum's attempt as failed, and a job as killed")
    func timeLimits() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("datum", "sleep 600", with: ["datum_timeout": "200ms", "datum_tries": 2])
        try await house.pipeline("job", "sleep 600", with: ["job_timeout": "200ms"])
        #expect(try await house.runJobs().code == 1)
        #expect(try await house.lastJob("datum").state == "JOB_FAILURE")
        #expect(try await house.json(of: ListedDatum.self, "list", "datum", try await house.lastJob("datum").name).map(\.tries) == [2])
        let job = try await house.lastJob("job")
        #expect(job.state == "JOB_KILLED" && job.reason.contains("time limit"))
    }

    @Test("a job that is stopped ends as killed, with its programs, and later ones run")
    func stopping() async throws {
        try await house.repo("in", ["a": "wait"])
        try await house.pipeline("patient", "grep -q wait $in && echo begun && exec sleep 600; cp $in /pfs/out/")
        let server = try await Server(of: house)
        let job = try await house.lastJob("patient")
        #expect(try await house.firstLine(of: job) == "begun")
        try await house.pach("stop", "job", job.name)
        let stopped = try await house.lastJob("patient")
        #expect(stopped.state == "JOB_KILLED" && stopped.reason == "stopped by a user")
        let again = try await house.attempt("stop", "job", job.name)
        #expect(again.code == 1 && again.error.contains("has already finished"))
        try await house.put(["a": "go"], in: "in")
        try await house.pach("wait", "commit", "patient@master")
        #expect(try await house.texts("patient") == ["a": "go"])
        try await server.stop()
    }

    @Test("with 'jobs: latest' only the newest of the jobs that wait is run; the others point to it")
    func latest() async throws {
        try await house.repo("in", ["a": "0"])
        try await house.pipeline("newest", "echo ran; cp $in /pfs/out/", with: ["jobs": "latest"])
        for content in ["1", "2", "3"] { try await house.put(["a": content], in: "in") }
        try await house.runJobs()
        let jobs = try await house.jobs("newest")
        #expect(jobs.map(\.state) == ["JOB_SUCCESS", "JOB_KILLED", "JOB_KILLED", "JOB_KILLED"])
        let newest = try #require(jobs.first)
        #expect(jobs.dropFirst().allSatisfy { $0.reason == "superseded by job \(newest.name)" })
        #expect(try await house.texts("newest") == ["a": "3"])
        #expect(try await house.pach("logs", "-p", "newest") == "ran")
    }

    @Test("a stopped pipeline makes no jobs; started again it makes one for what there is now")
    func stoppedPipeline() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.runJobs()
        try await house.pach("stop", "pipeline", "copy")
        #expect(try await house.json(of: ListedPipeline.self, "list", "pipeline").map(\.state) == ["PIPELINE_PAUSED"])
        for content in ["2", "3"] { try await house.put(["a": content], in: "in") }
        #expect(try await house.jobs("copy").count == 1)
        try await house.pach("start", "pipeline", "copy")
        try await house.runJobs()
        #expect(try await house.jobs("copy").count == 2)
        #expect(try await house.texts("copy") == ["a": "3"])
    }

    @Test("a deleted pipeline takes its repos along, unless told to keep its output")
    func deletedPipeline() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("first", "cp $in /pfs/out/")
        try await house.pipeline("second", reading: "first", "cp $first /pfs/out/")
        try await house.runJobs()
        let refused = try await house.attempt("delete", "pipeline", "first")
        #expect(refused.code == 1 && refused.error.contains("second"))
        try await house.pach("delete", "pipeline", "second", "--keep-repo")
        try await house.pach("delete", "pipeline", "first")
        #expect(try house.repos == ["in.git", "second.git"])
        // It is anybody's now.
        try await house.put(["b": "2"], in: "second")
        #expect(try await house.texts("second") == ["a": "1", "b": "2"])
        try await house.expectSound()
    }
}
