import Foundation
import Glibc
import Testing

@Suite("Nothing that was acknowledged is lost", .endToEnd, .timeLimit(.minutes(10)))
struct CrashTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("invariants 3 to 5: a server killed at random moments loses no put, and its jobs' outputs are whole and right")
    func killing() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = noise(8 * 200, seed: seed).makeIterator()
        print("seed \(seed)")
        try await house.repo("in")
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)", with: ["parallelism_spec": ["constant": 2]])
        try await house.pipeline("twice", reading: "upper", "cat $upper $upper > /pfs/out/$(basename $upper)")
        var acknowledged: [String: String] = [:]
        var number = 0
        for _ in 0..<12 {
            let server = try await Server(of: house)
            // The moment is random, in the middle of puts and of the jobs that they cause.
            let delay = Duration.milliseconds(30 + Int(random.next() ?? 0) * 3)
            async let crash: Void = {
                try await Task.sleep(for: delay)
                try await server.crash()
            }()
            while true {
                number += 1
                let name = "f\(number)"
                guard try await server.attempt("put", "file", "in@master:/\(name)", input: "value \(number)").code == 0 else { break }
                acknowledged[name] = "value \(number)"
            }
            try await crash
        }
        let run = try await house.runJobs()
        #expect(run.code == 0, "\(run.error)")
        let inputs = try await house.texts("in")
        for (name, content) in acknowledged { #expect(inputs[name] == content, "seed \(seed): \(name)") }
        // A put that was cut off is there as a whole or not at all.
        for (name, content) in inputs { #expect(content == "value \(name.dropFirst())", "seed \(seed)") }
        #expect(try await house.texts("upper") == inputs.mapValues { $0.uppercased() }, "seed \(seed)")
        #expect(try await house.texts("twice") == inputs.mapValues { $0.uppercased() + $0.uppercased() }, "seed \(seed)")
        let jobs = try await house.jobs("upper") + house.jobs("twice")
        #expect(jobs.allSatisfy { $0.state == "JOB_SUCCESS" }, "seed \(seed): \(jobs.map { "\($0.name) \($0.state) \($0.reason)" })")
        try await house.expectSound()
    }

    @Test("user code ends with the engine, and its datum is not counted as tried")
    func orphans() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("slow", "echo begun; sleep 602; exit 1", with: ["datum_tries": 1])
        let server = try await Server(of: house)
        let job = try await house.lastJob("slow")
        #expect(try await house.firstLine(of: job) == "begun")
        try await server.crash()
        // The root opens at once, and the job waits to be run again.
        #expect(try await house.lastJob("slow").hasEnded == false)
        try await house.pipeline("slow", "cp $in /pfs/out/", update: true)
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.texts("slow") == ["a": "1"])
        #expect(try await house.outcome(["pgrep", "-f", "^sleep 602$"]).output == "")
    }

    @Test("a note of where a server listened that crashed leads nobody astray")
    func staleNote() async throws {
        try await house.repo("in")
        // A command that waits for its input has the root.
        let script = """
            mkfifo input; pach put file in@master:/a < input & exec 9> input
            while flock -n repos/.pach/lock true; do :; done
            echo http://127.0.0.1:1 > repos/.pach/server
            pach list repo --lock-timeout 1s; echo "$?"
            echo content >&9; exec 9>&-; wait
            """
        let outcome = try await house.outcome(["sh", "-c", script])
        #expect(outcome.output == "1\n")
        #expect(outcome.error.contains("is in use by another process"), "\(outcome.error)")
        #expect(try await house.texts("in") == ["a": "content\n"])
    }

    @Test(
        "invariant 3: a put is flushed before it is acknowledged",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
    func flush() async throws {
        try await house.repo("in")
        try house.write("the content", to: "source")
        let words = [
            "strace", "-f", "-y", "-s", "64", "-e", "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,exit_group", "-o",
            "trace",
        ]
        // A line at the end stands for the answer: the exit code. Where a thread did something meanwhile it has another end.
        let put = ["pach", "put", "file", "in@master:/a", "-f", "source"]
        #expect(try await house.outcome(words + put).code == 0)
        let trace = String(decoding: try house.bytes("trace"), as: UTF8.self).split(separator: "\n").map(String.init)
        let lastWrite = try #require(trace.lastIndex { $0.contains("pwrite64(") && $0.contains("metadata.sqlite-wal") })
        let lastFlush = try #require(
            trace.lastIndex { ($0.contains("fdatasync(") || $0.contains("fsync(")) && $0.contains("metadata.sqlite-wal") })
        let exit = try #require(trace.firstIndex { $0.contains("exit_group(0") })
        #expect(lastWrite < lastFlush && lastFlush < exit)
        // Publishing: the pack and its index are synced before they get their names.
        for (index, line) in trace.enumerated() where line.contains("rename") && line.contains("objects/pack/") {
            let name = try #require(line.split(separator: "\"").first { $0.contains("objects/pack/") })
            let file = try #require(name.split(separator: "/").last)
            let synced = trace[..<index].contains { $0.contains("sync(") && $0.contains(file) }
            #expect(synced, "\(file) was renamed before it was synced")
        }
    }

    @Test("a pack that was cut or changed is an error when it is read, and fsck names it", arguments: ["cut", "changed"])
    func damage(_ kind: String) async throws {
        try house.write(noise(700_000, seed: 9), to: "big")
        try await house.repo("in")
        try await house.pach("put", "file", "in@master:/big", "-f", "big")
        try await house.pach("fsck", "--publish")
        let folder = "repos/in.git/objects/pack"
        let pack = try #require(try house.files(below: folder).filter { $0.key.hasSuffix(".pack") }.max { $0.value.count < $1.value.count })
        let half = pack.value.count / 2
        try await house.run("chmod", "600", "\(folder)/\(pack.key)")
        let damaged = kind == "cut" ? Array(pack.value[..<half]) : pack.value.enumerated().map { $0 == half ? $1 ^ 0x40 : $1 }
        try house.write(damaged, to: "\(folder)/\(pack.key)")
        let get = try await house.attempt("get", "file", "in@master:/big", "-o", "back")
        #expect(get.code == 1 && get.error.hasPrefix("Error: "), "\(get.code) \(get.error)")
        let fsck = try await house.attempt("fsck")
        #expect(fsck.code == 1)
        #expect((fsck.output + fsck.error).contains(pack.key.dropLast(5)), "\(fsck.output)\(fsck.error)")
    }
}
