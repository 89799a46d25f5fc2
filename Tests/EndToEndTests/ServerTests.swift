import Foundation
import Glibc
import Testing

@Suite("A server and its clients", .endToEnd, .timeLimit(.minutes(10)))
struct ServerTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("a job that fails is logged and counted")
    func failedJob() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("bad", "echo the trouble >&2; exit 3", with: ["datum_tries": 1])
        let job = try await house.lastJob("bad")
        let script = """
            mkfifo said
            pach serve --listen 127.0.0.1:0 2> said &
            exec 3< said
            while read -r line <&3; do
                case $line in
                "Listening on "*) url=${line#Listening on } ;;
                *bad@*) echo "$line"; break ;;
                esac
            done
            curl -s "$url/metrics"
            kill $!
            wait
            """
        let lines = try await house.run("bash", "-c", script).split(separator: "\n")
        let logged = try #require(lines.first)
        #expect(logged.contains(" warning ") && logged.contains("pipeline=bad") && logged.contains("job=\(job.name)"), "\(logged)")
        #expect(logged.contains("job ended as failure: in@master:/a: 'sh' exited with code 3: the trouble"), "\(logged)")
        #expect(lines.contains(#"pach_jobs_total{state="failure"} 1"#) && lines.contains("pach_jobs_waiting 0"))
    }

    @Test("a server whose standard error nobody reads runs jobs that fail, and stops")
    func unreadLog() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("bad", "exit 3", with: ["datum_tries": 1])
        let script = """
            mkfifo said
            exec 3<> said
            pach serve --listen 127.0.0.1:0 2> said &
            server=$!
            while read -r line <&3; do
                case $line in "Listening on "*) break ;; esac
            done
            head -c 1048576 /dev/zero | dd bs=1 of=said oflag=nonblock status=none 2> /dev/null
            for number in 1 2 3; do
                echo $number | pach put file in@master:/a
                pach wait commit bad@master > /dev/null 2>&1
            done
            kill $server
            timeout 30 tail -f --pid=$server /dev/null && echo stopped
            kill -9 $server 2> /dev/null
            wait $server && echo well
            """
        let outcome = try await house.outcome(["bash", "-c", script])
        #expect(outcome.output == "stopped\nwell\n", "\(outcome)")
    }

    @Test("a server whose standard error is full from the start comes up, cannot publish a repo, and stops")
    func fullLog() async throws {
        try await house.repo("in", ["a": "1"])
        let script = """
            mkfifo said
            exec 3<> said
            head -c 1048576 /dev/zero | dd bs=1 of=said oflag=nonblock status=none 2> /dev/null
            touch repos/in.git/refs/heads/master.lock
            pach serve --listen 127.0.0.1:0 2> said &
            server=$!
            for number in 1 2 3; do echo $number | pach put file in@master:/a || exit; done
            cat repos/.pach/server > /dev/null && echo served
            kill $server
            timeout 30 tail -f --pid=$server /dev/null && echo stopped
            kill -9 $server 2> /dev/null
            wait $server
            rm repos/in.git/refs/heads/master.lock
            pach get file in@master:/a
            """
        let outcome = try await house.outcome(["bash", "-c", script])
        #expect(outcome.output == "served\nstopped\n3\n", "\(outcome)")
    }

    @Test("commands reach the server by its address and token, and by the data root that it holds")
    func reaching() async throws {
        let server = try await Server(of: house)
        try await house.repo("in", ["a": "1"])
        let remote = try await server.attempt("get", "file", "in@master:/a")
        #expect(remote.code == 0 && remote.output == "1")
        #expect(
            try await house.outcome(["pach", "list", "repo"], environment: ["PACH_ADDRESS": server.url, "PACH_TOKEN": "wrong"]).code == 1)
        // Without a token that of the root is taken, where it is at hand.
        #expect(try await house.outcome(["pach", "list", "repo"], environment: ["PACH_ADDRESS": server.url]).code == 0)
        let none = try await house.outcome(["pach", "list", "repo"], environment: ["PACH_ADDRESS": server.url, "PACH_ROOT": "nowhere"])
        #expect(none.code == 1 && none.error.contains("token"))
        #expect(!FileManager.default.fileExists(atPath: house.path("nowhere")))
        let second = try await house.attempt("serve", "--listen", "127.0.0.1:0")
        #expect(second.code == 1 && second.error.contains(server.url))
        #expect(try await server.stop().code == 0)
        // The root is at hand again, and what the server did is there.
        #expect(try await house.texts("in") == ["a": "1"])
        let gone = try await server.attempt("list", "repo")
        #expect(gone.code == 1 && gone.error.contains(server.url))
    }

    @Test("a command that comes while the server opens the root waits for it, not for the root's lock")
    func startUp() async throws {
        try await house.repo("in", ["a": "1"])
        async let server = Server(of: house)
        for _ in 0..<5 {
            let outcome = try await house.attempt("list", "file", "in@master", "--lock-timeout", "20s")
            #expect(outcome.code == 0, "\(outcome.error)")
        }
        try await server.stop()
    }

    @Test("a command that comes while the server stops waits for the root's lock")
    func stopping() async throws {
        try house.write(noise(32 << 20, seed: 2), to: "large")
        try await house.pach("create", "repo", "in")
        try await house.pach("put", "file", "in@master:/large", "-f", "large")
        let server = try await Server(of: house)
        // A download that nobody reads on: the server waits for it.
        try await house.run("mkfifo", "held")
        let url = "\(server.url)/v1/repos/in/commits/master/files/large"
        let script = "exec curl -sN -H 'Authorization: Bearer \(server.token)' \(url) > held"
        let download = try Child(["sh", "-c", script], in: house.folder, environment: Programs.environment(home: house.folder))
        let reader = open(house.path("held"), O_RDONLY)
        defer { close(reader) }
        var byte: UInt8 = 0
        try #require(read(reader, &byte, 1) == 1)
        kill(server.pid, SIGTERM)
        while try await server.curl("/healthz").status == "200" { continue }
        let impatient = try await house.attempt("list", "repo", "--lock-timeout", "100ms")
        #expect(impatient.code == 1 && impatient.error.contains("in use by another process"), "\(impatient)")
        download.kill(SIGKILL)
        _ = try await download.wait()
        #expect(try await house.list("in") == ["/large"])
        #expect(try await server.stop().code == 0)
    }

    @Test("a port that somebody else listens on is named, with what to do")
    func portInUse() async throws {
        let server = try await Server(of: house)
        let address = server.url.dropFirst("http://".count)
        for words in [["pach", "serve", "--root", house.path("other")], ["recommend", "serve", "--root", house.root]] {
            let outcome = try await house.outcome(words + ["--listen", String(address)])
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(
                outcome.error.contains(
                    """
                    Could not listen on \(address): another process listens there
                    Hint: Stop that one, or choose another port with --listen HOST:PORT; port 0 takes any free one.

                    """), "\(outcome)")
        }
        try await server.stop()
    }

    @Test("so is a host that nobody knows")
    func unknownHost() async throws {
        let outcome = try await house.attempt("serve", "--listen", "nowhere.invalid:0")
        #expect(outcome.code == 1)
        #expect(outcome.error.contains("Error: Could not listen on nowhere.invalid:0\nCaused by: "), "\(outcome)")
        #expect(outcome.error.contains("\nHint: ") && !outcome.error.contains("SocketAddressError"), "\(outcome)")
    }

    @Test("who may not look into a data root is told to ask for its server", .enabled(if: geteuid() == 0))
    func foreignRoot() async throws {
        try await house.pach("create", "repo", "in", "--root", "closed/repos")
        let folder = try await house.run("realpath", house.path("closed"))
        let root = "\(folder)/repos"
        func expectRefusal(_ message: String, at place: SourceLocation = #_sourceLocation) async throws {
            for command in [["list", "repo"], ["create", "repo", "x"], ["serve", "--listen", "127.0.0.1:0"]] {
                let outcome = try await house.outcome(
                    ["setpriv", "--reuid=65534", "--clear-groups", "pach", "--root", "closed/repos"] + command)
                #expect(outcome.code == 1, sourceLocation: place)
                #expect(outcome.error.hasPrefix("Error: the data root '\(root)' \(message)\n"), "\(outcome)", sourceLocation: place)
                #expect(outcome.error.contains("PACH_ADDRESS") && outcome.error.contains("PACH_TOKEN"), sourceLocation: place)
            }
        }
        try await expectRefusal("belongs to another user")
        #expect(chmod(root, 0o700) == 0)
        try await expectRefusal("belongs to another user")
        #expect(chmod(folder, 0o700) == 0)
        try await expectRefusal("lies in '\(folder)', which another user keeps closed")
    }

    @Test("a token that somebody wrote with a line feed is the one before it")
    func tokenLine() async throws {
        try await house.repo("in", ["a": "1"])
        try house.write("secret\n", to: "repos/.pach/token")
        let server = try await Server(of: house)
        #expect(try await house.list("in") == ["/a"])
        let environment = ["PACH_ADDRESS": server.url, "PACH_TOKEN": "secret"]
        #expect(try await house.outcome(["pach", "list", "repo"], environment: environment).code == 0)
        try await server.stop()
    }

    @Test("a server that is known by a name is reached by it")
    func knownAs() async throws {
        try await house.repo("in", ["a": "1"])
        let server = try await Server(of: house, options: ["--known-as", "data.example"])
        #expect(try await server.curl("/v1/repos", "-H", "Host: data.example").status == "200")
        let foreign = try await server.curl("/v1/repos", "-H", "Host: evil.example")
        #expect(foreign.status == "421" && foreign.body.contains("--known-as"))
        try await server.stop()
    }

    @Test("jobs run as commits land, and a whole set can be waited for")
    func watching() async throws {
        let server = try await Server(of: house)
        try await house.repo("in", ["a": "hello"])
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.pipeline("twice", reading: "upper", "cat $upper $upper > /pfs/out/$(basename $upper)")
        try await house.put(["a": "bye"], in: "in")
        let id = try #require(try await house.json(of: ListedCommit.self, "list", "commit", "in@master", "-n", "1").first).commit.id
        try await house.pach("wait", "commit", id)
        #expect(try await house.texts("twice") == ["a": "BYEBYE"])
        let set = try await house.json(of: ListedCommit.self, "list", "commit", id)
        #expect(Set(set.map(\.commit.branch.repo.name)).isSuperset(of: ["in", "upper", "twice"]))
        #expect(set.allSatisfy { $0.commit.id == id })
        try await server.stop()
    }

    @Test(
        "every /v1 request needs the token; what is asked badly gets a problem document",
        arguments: [
            ("/v1/repos", [], false, "401"), ("/v1/repos", [], true, "200"), ("/v1/openapi.json", [], false, "401"),
            ("/healthz", [], false, "200"), ("/readyz", [], false, "200"), ("/metrics", [], false, "200"),
            ("/v1/nonsense", [], true, "404"),
            ("/v1/repos/nope", [], true, "404"), ("/v1/repos", ["-H", "Host: evil.example"], true, "421"),
            ("/v1/repos", ["-H", "Origin: http://evil.example"], true, "403"),
            ("/v1/repos/in/commits/master/files/a%00b", ["-X", "PUT", "-d", "x"], true, "400"),
            ("/v1/repos/in/commits/master/files/a/../b", ["-X", "PUT", "-d", "x"], true, "400"),
            ("/v1/repos/in/commits/master/files/%2e%2e/b", ["-X", "PUT", "-d", "x"], true, "400"),
        ] as [(String, [String], Bool, String)])
    func requests(_ path: String, _ options: [String], _ token: Bool, _ status: String) async throws {
        try await house.repo("in", ["a": "1"])
        let server = try await Server(of: house)
        let words = ["curl", "-s", "-o", "/dev/null", "--path-as-is", "-w", "%{http_code} %{content_type}"]
        let authority = token ? ["-H", "Authorization: Bearer \(server.token)"] : []
        let answer = try await house.run(words: words + authority + options + [server.url + path])
        #expect(answer.hasPrefix(status))
        if status.hasPrefix("4") { #expect(answer.contains("application/problem+json")) }
        #expect(try await house.list("in") == ["/a"])
        try await server.stop()
    }

    @Test(
        "idle, a server makes fewer than ten system calls in ten seconds",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
    func idle() async throws {
        try await house.repo("in", ["a": "1"])
        try await house.pipeline("copy", "cp $in /pfs/out/")
        let server = try await Server(of: house)
        try await house.pach("wait", "commit", "copy@master")
        try await house.pach("fsck", "--publish")
        // What worked a moment ago lets go of its threads within the first seconds; then there are ten.
        _ = try await house.outcome(["timeout", "16", "strace", "-f", "-qq", "-ttt", "-o", "trace", "-p", "\(server.pid)"])
        try await server.stop()
        let lines = String(decoding: try house.bytes("trace"), as: UTF8.self).split(separator: "\n")
        let times = lines.map {
            Double($0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true).dropFirst().first ?? "") ?? 0
        }
        let start = try #require(times.first)
        let calls = zip(times, lines).filter { $0.0 > start + 6 }.map(\.1)
        #expect(calls.count < 10, "\(calls.joined(separator: "\n"))")
    }

    @Test("two commands on one data root take turns; one that may not wait says who is in the way")
    func lock() async throws {
        try await house.repo("in", ["a": "1"])
        // Another owner, in the form of flock(1).
        try await house.run("mkfifo", "held")
        let holder = try Child(
            ["flock", "-F", "repos/.pach/lock", "sh", "-c", "echo > held; exec sleep 600"], in: house.folder,
            environment: Programs.environment(home: house.folder))
        try await house.run("sh", "-c", "read line < held")
        let impatient = try await house.attempt("list", "repo", "--lock-timeout", "1s")
        #expect(impatient.code == 1 && impatient.error.contains("in use by another process") && impatient.error.contains("--lock-timeout"))
        #expect(impatient.error.contains("process \(holder.pid), 'sleep 600', has it"), "\(impatient.error)")
        async let patient = house.list("in")
        holder.kill(SIGKILL)
        _ = try await holder.wait()
        #expect(try await patient == ["/a"])
    }
}
