import Commands
import Model
import Synchronization
import Testing

/// Which engine a command goes to.
@Suite("connecting")
struct ConnectingTests {
    private func requests(_ arguments: String..., environment: [String: String] = [:]) async -> [String] {
        await requests(arguments, environment: environment)
    }

    private func requests(_ arguments: [String], environment: [String: String]) async -> [String] {
        let backend = FakeBackend(FakeEngine())
        let outcome = await pach(arguments, backend: backend, environment: environment)
        #expect(outcome.code == 0, "\(outcome.error)")
        return backend.requests.withLock { $0 }
    }

    @Test("the root is the option's, else the variable's, else ./repos")
    func root() async {
        #expect(await requests("list", "repo") == ["open ./repos 60.0 seconds -"])
        #expect(await requests("list", "repo", environment: ["PACH_ROOT": "/r"]) == ["open /r 60.0 seconds -"])
        #expect(await requests("list", "repo", environment: ["PACH_ROOT": ""]) == ["open ./repos 60.0 seconds -"])
        #expect(await requests("list", "repo", "--root", "/s", environment: ["PACH_ROOT": "/r"]) == ["open /s 60.0 seconds -"])
    }

    @Test("only what may come first makes a data root")
    func makingRoot() async {
        let makers = [["create", "repo", "a"], ["restore", "/b"], ["serve"]]
        let users = [["list", "repo"], ["run"], ["fsck"], ["fsck", "--rebuild"], ["gc"], ["backup", "/b"]]
        for words in makers { #expect(await requests(words, environment: [:]).allSatisfy { $0.hasSuffix(", made") }, "\(words)") }
        for words in users { #expect(await requests(words, environment: [:]).allSatisfy { !$0.hasSuffix(", made") }, "\(words)") }
    }

    @Test("options of all commands stand anywhere")
    func anywhere() async {
        let expected = ["open /s 1.5 seconds -"]
        #expect(await requests("--root", "/s", "--lock-timeout", "1.5s", "list", "repo") == expected)
        #expect(await requests("list", "--root", "/s", "repo", "--lock-timeout=1.5s") == expected)
        #expect(await requests("run", "--lock-timeout", "2", "--sandbox", "none") == ["open ./repos 2.0 seconds none"])
    }

    @Test("PACH_ADDRESS leads to a server, unless a root is named on the line")
    func server() async {
        let environment = ["PACH_ADDRESS": "http://h:1", "PACH_TOKEN": "t", "PACH_ROOT": "/r"]
        #expect(await requests("list", "repo", environment: environment) == ["connect http://h:1 t"])
        #expect(
            await requests("list", "repo", environment: ["PACH_ADDRESS": "http://h:1", "PACH_ROOT": "/r"])
                == ["connect http://h:1 that of /r"])
        #expect(await requests("list", "repo", "--root", "/s", environment: environment) == ["open /s 60.0 seconds -"])
    }

    @Test("serve says what it serves, whether it was just made, and where it listens")
    func serve() async {
        #expect(await requests("serve") == ["serve ./repos 127.0.0.1:1650 -, made"])
        #expect(await requests("serve", "--listen", "[::1]:0", "--sandbox", "bubblewrap") == ["serve ./repos [::1]:0 bubblewrap, made"])
        #expect(await pach("serve").error == "Serving the data root './repos'\nListening on http://127.0.0.1:1650\n")
        #expect(await pach("serve", "--root", "/new").error.hasPrefix("Made a new data root in '/new'\nListening on "))
        for address in ["1650", "host", "::1:1650", ":1", "h:99999"] {
            #expect(await pach("serve", "--listen", address).code == 64, "\(address)")
        }
        #expect(
            await pach("serve", "--listen", "127.0.0.1:99999").error
                == "Error: '127.0.0.1:99999' is not an address to listen on: there is no port 99999\n"
                + "Hint: A port is a number up to 65535; 0 takes any free one.\n")
    }

    @Test("what only a data root can do is not done to another one than PACH_ADDRESS means")
    func rootNeeded() async {
        let environment = ["PACH_ADDRESS": "http://h:1", "PACH_ROOT": "/r"]
        for words in [["fsck", "--rebuild"], ["restore", "/b"], ["serve"]] {
            let backend = FakeBackend(FakeEngine())
            let outcome = await pach(words, backend: backend, environment: environment)
            #expect(outcome.code == 64 && outcome.error.contains("PACH_ADDRESS") && outcome.error.contains("--root"), "\(outcome)")
            #expect(backend.requests.withLock { $0 } == [])
            #expect(await requests(words + ["--root", "/s"], environment: environment).allSatisfy { $0.contains(" /s") })
        }
    }

    @Test("--sandbox is refused where a server runs the jobs")
    func sandboxOfServer() async {
        let engine = FakeEngine()
        let outcome = await pach("run", "--sandbox", "none", backend: FakeBackend(engine, runsJobs: true))
        #expect(outcome.code == 64 && outcome.error.contains("--sandbox"), "\(outcome)")
        #expect(engine.now.isClosed)
        #expect(await pach("run", backend: FakeBackend(engine, runsJobs: true)).code == 0)
    }

    @Test("serve takes the names that it is known as")
    func knownAs() async {
        #expect(await requests("serve", "--known-as", "a", "--known-as", "b:80") == ["serve ./repos 127.0.0.1:1650 - a b:80, made"])
    }

    @Test("version asks the server where there is one")
    func version() async {
        #expect(await pach("version").output == "COMPONENT VERSION\npach      1.0.0\n")
        #expect(await pach("--version").output == "pach 1.0.0\n")
        let environment = ["PACH_ADDRESS": "http://h:1"]
        #expect(await pach("version", environment: environment).output == "COMPONENT VERSION\npach      1.0.0\nserver    2.0.0\n")
        #expect(
            await pach("version", "--client-only", "-o", "json", environment: environment).output
                == #"{"component":"pach","format":1,"version":"1.0.0"}"# + "\n")
    }

    @Test("-v says what is used")
    func verbose() async {
        #expect(await pach("list", "repo", "-v").error == "Using the data root './repos'.\n")
    }
}
