import Commands
import Foundation
import Model
import Synchronization
import TestSupport
import Testing

@Suite("put file")
struct PutFileTests {
    /// What was put, by path.
    private func files(_ engine: FakeEngine) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: engine.now.putFiles.map { ($0.key.description, String(decoding: $0.value, as: UTF8.self)) })
    }

    @Test("standard input goes to the path")
    func standardInput() async {
        let engine = FakeEngine()
        #expect(await pach("put", "file", "a@b:/c", engine: engine, input: "hello") == Outcome(code: 0, output: "", error: ""))
        #expect(await pach("put", "file", "a@b:/d", "-f", "-", "--append", engine: engine, input: "world").code == 0)
        #expect(files(engine) == ["/c": "hello", "/d": "world"])
        #expect(engine.now.calls == ["putFiles a@b overwrite", "putFiles a@b append"])
    }

    @Test("a path may begin with a mark that combines with the colon before it")
    func combiningMark() async {
        let engine = FakeEngine {
            $0.files = [Sample.file("/\u{301}a", size: 1)]
            $0.contents = [Sample.path("/\u{301}a"): Array("x".utf8)]
        }
        #expect(await pach("put", "file", "a@b:\u{301}a", engine: engine, input: "x") == Outcome(code: 0, output: "", error: ""))
        #expect(files(engine) == ["/\u{301}a": "x"])
        #expect(await pach("get", "file", "a@b:\u{301}a", engine: engine) == Outcome(code: 0, output: "x", error: ""))
        #expect(await pach("delete", "file", "a@b:\u{301}a", engine: engine).code == 0)
        #expect(engine.now.calls.last == "deleteFile a@b:/\u{301}a recursive false")
    }

    @Test("standard input needs a name, and is no folder")
    func standardInputMistakes() async {
        let engine = FakeEngine()
        let unnamed = """
            Error: must specify filename when reading data from stdin
            Hint: Write repo@branch:/path, or name a file with -f.

            """
        for destination in ["a@b", "a@b:", "a@b:/"] {
            #expect(await pach("put", "file", destination, engine: engine) == Outcome(code: 64, output: "", error: unnamed))
        }
        #expect(
            await pach("put", "file", "a@b:/c", "-r", engine: engine)
                == Outcome(code: 64, output: "", error: "Error: cannot set -r and read from stdin (must also set -f or -i)\n"))
        #expect(engine.now.calls == [])
    }

    @Test("a source that is empty is refused, not taken for standard input", arguments: ["", ",", "a,", ",a", "a,,b"])
    func emptySource(_ value: String) async {
        let engine = FakeEngine()
        let message = value.isEmpty ? "-f names no source: it is empty" : "the list '\(value)' names an empty source"
        #expect(
            await pach("put", "file", "r@b:/to", "-f", value, engine: engine, input: "")
                == Outcome(code: 64, output: "", error: "Error: \(message)\nHint: A variable that is not set leaves nothing.\n"))
        #expect(engine.now.calls == [])
    }

    @Test("several files go in one call")
    func several() async throws {
        let folder = try TemporaryFolder()
        let (a, b, c) = (try folder.write("1", to: "a"), try folder.write("2", to: "x/b"), try folder.write("3", to: "c,d"))
        let list = try folder.write("\(a)\n\n\(b)\n", to: "list")
        let engine = FakeEngine()
        #expect(await pach("put", "file", "r@b:/to", "-f", "\(a),\(b)", "-f", c, engine: engine).code == 0)
        #expect(files(engine) == ["/to/a": "1", "/to/b": "2", "/to/c,d": "3"])
        #expect(engine.now.calls.count == 1)
        let other = FakeEngine()
        #expect(await pach("put", "file", "r@b", "-i", list, "--full-path", engine: other).code == 0)
        #expect(files(other) == [a: "1", b: "2"])
    }

    @Test("sources that would take one place are refused before any is put, unless they are appended", arguments: [false, true])
    func samePlace(_ isFolder: Bool) async throws {
        let folder = try TemporaryFolder()
        for (number, name) in ["x/a", "y/a"].enumerated() { try folder.write("\(number)", to: isFolder ? "\(name)/\(number)" : name) }
        let (x, y) = ("\(folder.path)/x/a", "\(folder.path)/y/a")
        let engine = FakeEngine()
        let words = ["put", "file", "r@b:/to", "-f", x, "-f", y] + (isFolder ? ["-r"] : [])
        #expect(
            await pach(words, engine: engine)
                == Outcome(
                    code: 64, output: "",
                    error: """
                        Error: '\(x)' and '\(y)' would both go to '/to/a'
                        Hint: Put them with --full-path, which keeps their folders, or one after the other.

                        """))
        #expect(engine.now.calls == [])
        #expect(await pach(words + ["--append"], engine: engine).code == 0)
        #expect(await pach(words + ["--full-path"], engine: engine).code == 0)
        #expect(engine.now.putFiles.count == (isFolder ? 4 : 3))
    }

    @Test("a folder goes with all below it, links followed")
    func folder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("1", to: "d/a")
        try folder.write("2", to: "d/x/b")
        try folder.write("3", to: "elsewhere/c")
        try folder.link("d/link", to: "../elsewhere")
        try folder.link("d/x/a", to: "../a")
        let engine = FakeEngine()
        #expect(await pach("put", "file", "r@b", "-r", "-f", "\(folder.path)/d", engine: engine).code == 0)
        #expect(files(engine) == ["/d/a": "1", "/d/link/c": "3", "/d/x/a": "1", "/d/x/b": "2"])
        let top = FakeEngine()
        #expect(await pach("put", "file", "r@b:/", "-r", "-f", "\(folder.path)/d/x/", engine: top).code == 0)
        #expect(files(top) == ["/a": "1", "/b": "2"])
    }

    @Test("with -r, too, a file goes below a path that ends in a slash", arguments: [("/dir/", "/dir/a"), ("/", "/a"), ("/x", "/x")])
    func fileAmongFolders(_ path: String, _ target: String) async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("1", to: "a")
        let engine = FakeEngine()
        #expect(await pach("put", "file", "r@b:\(path)", "-r", "-f", file, engine: engine).code == 0)
        #expect(files(engine) == [target: "1"])
    }

    @Test("a file of many pieces arrives whole")
    func large() async throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "0123456789abcdef", count: 50_000)
        let path = try folder.write(text, to: "large")
        let engine = FakeEngine()
        #expect(await pach("put", "file", "r@b", "-f", path, engine: engine).code == 0)
        #expect(files(engine)["/large"] == text)
    }

    @Test("what cannot be put is told before an engine is opened")
    func mistakes() async throws {
        let folder = try TemporaryFolder()
        try folder.write("1", to: "d/a")
        try folder.link("dangling", to: "nowhere")
        let backend = FakeBackend(FakeEngine())
        func error(_ arguments: String...) async -> String {
            let outcome = await pach(["put", "file", "r@b"] + arguments, backend: backend)
            #expect(outcome.code == 1)
            return outcome.error
        }
        #expect(await error("-f", "/none/x") == "Error: there is no file or folder '/none/x'\n")
        #expect(
            await error("-f", "\(folder.path)/d") == "Error: '\(folder.path)/d' is a folder\nHint: Use -r to put all files in it.\n")
        #expect(await error("-f", "\(folder.path)/dangling") == "Error: '\(folder.path)/dangling' is a link that leads nowhere\n")
        #expect(await error("-f", "https://example.org/a").hasPrefix("Error: Could not put 'https://example.org/a': "))
        #expect(backend.requests.withLock { $0 } == [])
    }

    @Test("a circle of links is told")
    func circle() async throws {
        let folder = try TemporaryFolder()
        try folder.write("1", to: "d/a")
        try folder.link("d/back", to: "..")
        let outcome = await pach("put", "file", "r@b", "-r", "-f", "\(folder.path)/d")
        #expect(outcome.code == 1)
        #expect(
            outcome.error
                == "Error: the link '\(folder.path)/d/back/d' leads back to '\(folder.path)/d', which holds it\nHint: Remove the link.\n")
    }

    @Test("a name that is not UTF-8 is told, with a remedy")
    func notUTF8() async throws {
        let folder = try TemporaryFolder()
        let descriptor = open(Array("\(folder.path)/bad".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0], O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        let outcome = await pach("put", "file", "r@b", "-r", "-f", folder.path)
        #expect(outcome.code == 1)
        #expect(
            outcome.error == """
                Error: Could not read the folder '\(folder.path)': file name 'bad\u{FFFD}' is not valid UTF-8
                Hint: Rename the file; names are kept as UTF-8.

                """)
    }

    @Test("a pipe among a folder's files is refused, not waited for")
    func pipe() async throws {
        let folder = try TemporaryFolder()
        try #require(mkfifo("\(folder.path)/fifo", 0o600) == 0)
        let outcome = await pach("put", "file", "r@b", "-r", "-f", folder.path)
        #expect(outcome.code == 1)
        #expect(outcome.error.hasPrefix("Error: '\(folder.path)/fifo' is neither a file nor a folder\n"))
    }
}
