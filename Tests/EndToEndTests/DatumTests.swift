import Foundation
import Testing

@Suite("Jobs process what changed", .endToEnd, .timeLimit(.minutes(10)))
struct DatumTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("deleting an input deletes its output, and runs nothing")
    func deletion() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.runJobs()
        try await house.pach("delete", "file", "in@master:/a")
        try await house.runJobs()
        #expect(try await house.texts("copy") == ["b": "2"])
        #expect(try await house.lastJob("copy").progress == "0 + 1 / 1")
    }

    @Test("two datums that write one path fail the job, and the reason names both")
    func conflict() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pipeline("clash", "echo $in > /pfs/out/same")
        #expect(try await house.runJobs().code == 1)
        let job = try await house.lastJob("clash")
        #expect(job.state == "JOB_FAILURE")
        let datums = try await house.json(of: ListedDatum.self, "list", "datum", job.name).map(\.datum.id)
        let (first, second) = (try #require(datums.first), try #require(datums.last))
        let reasons = [(first, second), (second, first)].map {
            "duplicate path output by different datums (/same from \($0) and /same from \($1))"
        }
        #expect(reasons.contains(job.reason), "\(job.reason)")
    }

    @Test("a path that is a file for one datum and a folder for another fails the job")
    func collision() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pipeline("clash", "case $in in */a) echo > /pfs/out/x;; *) mkdir /pfs/out/x; echo > /pfs/out/x/y;; esac")
        try await house.runJobs()
        #expect(try await house.lastJob("clash").reason.contains("file / directory path collision (/x)"))
    }

    @Test("the good datums of a failed job are not processed again")
    func reuseAfterFailure() async throws {
        try await house.repo("in", ["a": "1", "b": "2", "c": "3"])
        try await house.pipeline("half", "! grep -q 2 $in && cp $in /pfs/out/", with: ["datum_tries": 1])
        #expect(try await house.runJobs().code == 1)
        try await house.put(["b": "mended"], in: "in")
        #expect(try await house.runJobs().code == 0)
        let jobs = try await house.jobs("half")
        #expect(jobs.map(\.progress) == ["1 + 2 / 3", "2 + 0 / 3"])
        #expect(try await house.texts("half") == ["a": "1", "b": "mended", "c": "3"])
    }

    @Test("content that comes back is not processed again")
    func history() async throws {
        try await house.repo("in", ["a": "old", "b": "2"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.runJobs()
        for content in ["new", "old"] {
            try await house.put(["a": content], in: "in")
            try await house.runJobs()
        }
        #expect(try await house.jobs("copy").map(\.progress) == ["0 + 2 / 2", "1 + 1 / 2", "2 + 0 / 2"])
        #expect(try await house.texts("copy") == ["a": "old", "b": "2"])
    }

    @Test("an update processes what its code changes, and all of it with --reprocess")
    func update() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        try await house.runJobs()
        try await house.pipeline("copy", "cp $in /pfs/out/", update: true, with: ["description": "other words"])
        try await house.runJobs()
        try await house.pipeline("copy", "cp $in /pfs/out/$(basename $in).copy", update: true)
        try await house.runJobs()
        #expect(try await house.texts("copy") == ["a.copy": "1", "b.copy": "2"])
        try await house.pach(
            "update", "pipeline", "--reprocess", input: House.spec("copy", "cp $in /pfs/out/$(basename $in).copy"))
        try await house.runJobs()
        #expect(try await house.jobs("copy").map(\.progress) == ["2 + 0 / 2", "2 + 0 / 2", "0 + 2 / 2", "2 + 0 / 2"])
        #expect(try await house.json(of: ListedPipeline.self, "inspect", "pipeline", "copy").map(\.version) == [4])
    }

    @Test("code that is stored with the spec runs again when it changes, and only then")
    func code() async throws {
        try await house.repo("in", ["a": "1"])
        try house.write("cat $in lib/word > /pfs/out/a", to: "pipe/code/run.sh")
        try house.write("one", to: "pipe/code/lib/word")
        let spec = House.spec("built", "", transform: ["cmd": ["sh", "run.sh"], "stdin": [], "build": ["path": "code"]])
        try house.write(spec, to: "pipe/spec.json")
        try await house.pach("create", "pipeline", "-f", "pipe/spec.json")
        try await house.runJobs()
        #expect(try await house.texts("built") == ["a": "1one"])
        try await house.pach("update", "pipeline", "-f", "pipe/spec.json")
        try await house.runJobs()
        try house.write("two", to: "pipe/code/lib/word")
        try await house.pach("update", "pipeline", "-f", "pipe/spec.json")
        try await house.runJobs()
        #expect(try await house.texts("built") == ["a": "1two"])
        #expect(try await house.jobs("built").map(\.progress) == ["1 + 0 / 1", "0 + 1 / 1", "1 + 0 / 1"])
    }

    @Test("with 'previous' a datum sees the pipeline's last good output, even after a failure")
    func previous() async throws {
        try await house.repo("in", ["n": "1 "])
        let script = "grep -q bad /pfs/in/n && exit 1; cat /pfs/.previous/sum /pfs/in/n > /pfs/out/sum 2>/dev/null; true"
        try await house.pipeline("sum", glob: "/", script, with: ["previous": true, "datum_tries": 1])
        try await house.runJobs()
        for content in ["2 ", "bad", "3 "] {
            try await house.put(["n": content], in: "in")
            try await house.runJobs()
        }
        #expect(try await house.jobs("sum").map(\.state) == ["JOB_SUCCESS", "JOB_FAILURE", "JOB_SUCCESS", "JOB_SUCCESS"])
        #expect(try await house.texts("sum") == ["sum": "1 2 3 "])
    }

    @Test("a cross has a datum for each pair, with both inputs' files and variables")
    func cross() async throws {
        try await house.repo("letters", ["x/a": "a", "x/b": "b"])
        try await house.repo("digits", ["1": "1", "2": "2"])
        let cross: JSON = [
            "cross": [["pfs": ["repo": "letters", "glob": "/*/*"]], ["pfs": ["repo": "digits", "name": "number", "glob": "/*"]]]
        ]
        try await house.pipeline(
            "pairs", "test $letters = /pfs/letters/x/* && cat $letters $number > /pfs/out/$(basename $letters)$(basename $number)",
            with: ["input": cross])
        try await house.runJobs()
        #expect(try await house.texts("pairs") == ["a1": "a1", "a2": "a2", "b1": "b1", "b2": "b2"])
        try await house.put(["2": "two"], in: "digits")
        try await house.runJobs()
        #expect(try await house.lastJob("pairs").progress == "2 + 2 / 4")
        #expect(try await house.texts("pairs") == ["a1": "a1", "a2": "atwo", "b1": "b1", "b2": "btwo"])
    }

    @Test("with datum_batching one process takes many datums, across jobs")
    func batching() async throws {
        try await house.repo("in", ["a": "1", "b": "2", "c": "3"])
        let script = """
            echo started
            while pach next datum; do
                . /pfs/.env
                tr 1-9 A-I < $in > /pfs/out/$(basename $in)
            done
            """
        try await house.pipeline("batch", "", transform: ["cmd": ["sh", "-c", .string(script)], "stdin": [], "datum_batching": true])
        let server = try await Server(of: house)
        try await house.pach("wait", "commit", "batch@master")
        try await house.put(["d": "4"], in: "in")
        try await house.pach("wait", "commit", "batch@master")
        #expect(try await house.texts("batch") == ["a": "A", "b": "B", "c": "C", "d": "D"])
        #expect(try await house.jobs("batch").map(\.progress) == ["1 + 3 / 4", "3 + 0 / 3"])
        #expect(try await house.pach("logs", "-p", "batch") == "started")
        try await server.stop()
    }

    @Test("planning costs what changed, not what is there")
    func planning() async throws {
        let small = Dictionary(uniqueKeysWithValues: (0..<100).map { ("f\($0)", "\($0)") })
        let large = Dictionary(uniqueKeysWithValues: (0..<3_000).map { ("f\($0)", "\($0)") })
        let more = Dictionary(uniqueKeysWithValues: (0..<10).map { ("more\($0)", "\($0)") })
        var times: [Double] = []
        for (name, files) in [("small", small), ("large", large)] {
            try await house.repo(name, files)
            try await house.pipeline(
                "plan-\(name)", reading: name, "", with: ["parallelism_spec": ["constant": 4]], transform: ["cmd": ["true"]])
            try await house.runJobs()
            var plans: [Double] = []
            for round in 0..<3 {
                try await house.put(more.mapValues { "\($0) \(round)" }, in: name)
                try await house.runJobs()
                let job = try await house.inspect(try await house.lastJob("plan-\(name)"))
                #expect(job.progress == "10 + \(files.count) / \(files.count + 10)")
                plans.append(try #require(job.details?.planning))
            }
            times.append(plans.sorted()[1])
        }
        #expect(times[1] <= 5 * max(times[0], 0.000_1), "\(times[1]) s of 3,000 against \(times[0]) s of 100")
    }
}
