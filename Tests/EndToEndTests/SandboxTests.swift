import Foundation
import Glibc
import Testing

@Suite("User code cannot reach beyond its sandbox", .endToEnd, .timeLimit(.minutes(10)))
struct SandboxTests {
    let house: House

    init() throws {
        house = try House()
    }

    /// Who runs the engine.
    enum Identity: String, CaseIterable, CustomTestStringConvertible {
        case oneself, plainUser

        var testDescription: String { self == .plainUser ? "an ordinary user" : geteuid() == 0 ? "root" : "whoever runs the tests" }

        static var available: [Identity] { geteuid() == 0 ? allCases : [.oneself] }

        /// Words before a command that make it run as this one.
        var words: [String] { self == .plainUser ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [] }
    }

    /// What is tried, and the command that exits 0 where it succeeds.
    private func attacks(on root: String) -> [(name: String, command: String)] {
        [
            ("write to the system", "echo x > /usr/x"), ("write to /etc", "echo x > /etc/x"), ("write to the root", "echo x > /x"),
            ("write to /pfs", "echo x > /pfs/x"), ("change an input", "echo x >> $in"), ("replace an input", "rm -f $in && echo x > $in"),
            ("open an input's rights", "chmod 777 $in"), ("write to a home", "echo x > /root/x || echo x > /home/x"),
            ("remount the root", "mount -o remount,rw /"), ("remount the inputs", "mount -o remount,rw /pfs/in"),
            ("unmount", "umount /pfs/in"), ("remount as root of its own", "unshare -Urm mount -o remount,rw,bind /usr"),
            ("list the data root", "ls \(root)"), ("read the token", "cat \(root)/.pach/token"),
            ("read the database", "cat \(root)/.pach/metadata.sqlite"), ("go through the first process", "ls /proc/1/root\(root)"),
            ("read the first process's environment", "cat /proc/1/environ"), ("end the first process", "kill -9 1; ! kill -0 1"),
            ("read the passwords", "cat /etc/shadow"), ("make a device", "mknod /tmp/disk b 8 0"),
            ("set the kernel's parameters", "echo x > /proc/sys/kernel/core_pattern"), ("become someone else", "setpriv --reuid=0 true"),
        ]
    }

    @Test("every attempt to break out is refused, whoever runs the engine", arguments: Identity.available)
    func attacks(_ identity: Identity) async throws {
        // A plain user has to reach the program, too.
        let bin = "bin"
        if identity == .plainUser {
            try await house.run(
                "sh", "-c", "mkdir \(bin) && cp \(Programs.folder)/pach \(bin)/ && chmod 755 \(bin)/pach && chown 65534:65534 .")
        }
        let path = "\(house.path(bin)):\(Programs.environment(home: house.folder)["PATH"] ?? "")"
        func pach(_ words: String..., input: String? = nil) async throws -> String {
            let words = identity.words + ["pach"] + words
            return try House.expectSuccess(
                try await house.outcome(words, input: input, environment: ["PATH": path]), of: words, at: #_sourceLocation)
        }
        _ = try await pach("create", "repo", "in")
        // So that there is a token to steal.
        _ = try await house.outcome(identity.words + ["timeout", "1", "true"], environment: ["PATH": path])
        _ = try await pach("put", "file", "in@master:/a", input: "input")
        let attacks = attacks(on: house.root)
        let lines = attacks.enumerated().map { "( \($1.command) ) >/dev/null 2>&1 && echo escaped \($0)" } + ["cp $in /pfs/out/; echo done"]
        _ = try await pach("create", "pipeline", input: House.spec("attack", lines.joined(separator: "\n"), with: ["datum_tries": 1]))
        _ = try await house.outcome(identity.words + ["pach", "run"], environment: ["PATH": path])
        let log = try await pach("logs", "-p", "attack").split(separator: "\n").map(String.init)
        #expect(log.last == "done")
        let escapes = log.dropLast().compactMap { line in line.split(separator: " ").last.flatMap { Int($0) }.map { attacks[$0].name } }
        #expect(escapes == [])
        #expect(try await pach("get", "file", "attack@master:/a") == "input")
    }

    @Test(
        "without a sandbox, user code of an engine of root's gets to its own folders, and not to the engine's",
        .enabled(if: Programs.isRoot))
    func plain() async throws {
        try await house.repo("in", ["a": "1", "b": "2"])
        // So that there is a token to steal.
        try await Server(of: house).stop()
        let own = "\(house.root)/.pach"
        let script = """
            for file in token metadata.sqlite; do cat \(own)/$file && echo read $file; done 2>/dev/null
            ls \(own) 2>/dev/null && echo listed
            cp $in ${in%/in/*}/out/; echo $HOME > $HOME/file && cat $HOME/file
            """
        try await house.pipeline("copy", script)
        try await house.pach("run", "--sandbox", "none")
        #expect(try await house.texts("copy") == ["a": "1", "b": "2"])
        let log = try await house.pach("logs", "-p", "copy").split(separator: "\n")
        #expect(log.count == 2 && log.allSatisfy { $0.hasSuffix("/tmp") }, "\(log)")
    }

    @Test("nothing that a datum leaves behind reaches the next: no process, no file in /tmp, no output")
    func leavings() async throws {
        try await house.repo("in", ["a": "1", "b": "2", "c": "3"])
        let script = """
            for pid in /proc/[0-9]*; do tr '\\0' ' ' < $pid/cmdline 2>/dev/null; done | grep -o '[s]leep 601'
            ls -A /tmp /pfs/out | grep left
            sleep 601 & (setsid sleep 601 &) ; nohup setsid sh -c 'trap "" TERM HUP; sleep 601' >/dev/null 2>&1 &
            touch /tmp/left /pfs/out/left-$(basename $in)
            echo done
            """
        try await house.pipeline("leave", script)
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.pach("logs", "-p", "leave") == "done\ndone\ndone")
        #expect(try await house.list("leave") == ["/left-a", "/left-b", "/left-c"])
    }

    @Test(
        "a link out of /pfs/out, a pipe or a device fails the datum",
        arguments: [
            "ln -s /etc/passwd /pfs/out/x", "ln -s ../../etc/passwd /pfs/out/x", "ln -s /etc /pfs/out/x", "ln -s / /pfs/out/x",
            "ln -s /proc/self/root/etc/passwd /pfs/out/x", "echo > /tmp/x; ln -s /tmp/x /pfs/out/x", "ln -s x /pfs/out/x",
            "ln -s nothing /pfs/out/x", "mkfifo /pfs/out/x",
        ])
    func hostileOutput(_ script: String) async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("hostile", script, with: ["datum_tries": 1])
        #expect(try await house.runJobs().code == 1)
        let job = try await house.lastJob("hostile")
        #expect(job.state == "JOB_FAILURE" && job.reason.contains("the output /x "), "\(job.reason)")
    }

    @Test("a link to an input, or within /pfs/out, is the file that it leads to")
    func harmlessLinks() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline(
            "links", "ln -s $in /pfs/out/input; mkdir /pfs/out/d; echo own > /pfs/out/d/f; ln -s d/f /pfs/out/own; chmod 0 /pfs/out/d/f")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.texts("links") == ["input": "1", "own": "own\n", "d/f": "own\n"])
    }

    @Test("the engine's own names and variables are there, and no more of the engine's environment")
    func environment() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline(
            "env", "env | cut -d= -f1 | sort > /pfs/out/names; echo $in $HOME $MINE > /pfs/out/values", transform: ["env": ["MINE": "mine"]]
        )
        let run = try await house.outcome(["pach", "run"], environment: ["SECRET": "secret"])
        #expect(run.code == 0)
        let texts = try await house.texts("env")
        #expect(texts["values"] == "/pfs/in/a /tmp mine\n")
        let names = Set((texts["names"] ?? "").split(separator: "\n").map(String.init))
        #expect(names.isSuperset(of: ["in", "in_COMMIT", "PACH_DATUM_ID", "PACH_JOB_ID", "PACH_OUTPUT_COMMIT_ID", "PPS_PIPELINE_NAME"]))
        #expect(names.isDisjoint(with: ["SECRET", "PACH_TOKEN", "PACH_ROOT"]))
    }
}
