import Commands
import Foundation
import Model
import TestSupport
import Testing

@Suite("get file")
struct GetFileTests {
    private let engine = FakeEngine {
        $0.files = [
            Sample.file("/", .folder), Sample.file("/a"), Sample.file("/d", .folder), Sample.file("/d/b"), Sample.file("/d/x", .folder),
            Sample.file("/d/x/c"),
        ]
        $0.contents = [
            Sample.path("/a"): Array("12345".utf8), Sample.path("/d/b"): Array("abcde".utf8), Sample.path("/d/x/c"): Array("ABCDE".utf8),
        ]
    }

    @Test("bytes go to standard output")
    func standardOutput() async {
        #expect(await pach("get", "file", "r@b:/a", engine: engine) == Outcome(code: 0, output: "12345", error: ""))
        #expect(await pach("get", "file", "r@b:/a", "--offset", "3", engine: engine).output == "45")
    }

    @Test("-o writes a file, and leaves nothing else beside it")
    func file() async throws {
        let folder = try TemporaryFolder()
        try folder.write("before", to: "out")
        #expect(await pach("get", "file", "r@b:/a", "-o", "\(folder.path)/out", engine: engine) == Outcome(code: 0, output: "", error: ""))
        #expect(try folder.read("out") == "12345")
        #expect(try folder.names == ["out"])
        #expect(await pach("get", "file", "r@b:/a", "-o", "/dev/null", engine: engine).code == 0)
    }

    @Test("a failure leaves what was there before")
    func failure() async throws {
        let folder = try TemporaryFolder()
        try folder.write("before", to: "out")
        let broken = FakeEngine { $0.files = [Sample.file("/a")] }
        #expect(await pach("get", "file", "r@b:/a", "-o", "\(folder.path)/out", engine: broken).code == 1)
        #expect(try folder.read("out") == "before")
        #expect(try folder.names == ["out"])
    }

    @Test("-o writes through a link, which stays: beside the file that it leads to, or into what is open")
    func link() async throws {
        let folder = try TemporaryFolder()
        try folder.write("before", to: "d/real")
        try folder.link("link", to: "second")
        try folder.link("second", to: "d/real")
        try folder.link("dangling", to: "d/new")
        // As /dev/stdout is, where a shell has sent that to a file.
        let opened = open(try folder.write("", to: "opened"), O_WRONLY)
        defer { close(opened) }
        try folder.link("stdout", to: "/proc/self/fd/\(opened)")
        for name in ["link", "dangling", "stdout"] {
            #expect(
                await pach("get", "file", "r@b:/a", "-o", "\(folder.path)/\(name)", engine: engine)
                    == Outcome(code: 0, output: "", error: ""))
            let kind = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")[.type] as? FileAttributeType
            #expect(kind == .typeSymbolicLink)
        }
        #expect(try folder.read("d/real") == "12345")
        #expect(try folder.read("d/new") == "12345")
        #expect(try folder.read("opened") == "12345")
        #expect(try folder.names == ["d", "dangling", "link", "opened", "second", "stdout"])
        #expect(try folder.names(in: "d") == ["new", "real"])
    }

    @Test("-o fails where whoever reads its pipe goes before the end")
    func pipe() async throws {
        signal(SIGPIPE, SIG_IGN)
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/pipe"
        try #require(mkfifo(path, 0o600) == 0)
        let large = FakeEngine {
            $0.files = [Sample.file("/a", size: 1 << 20)]
            $0.contents = [Sample.path("/a"): Array(repeating: 1, count: 1 << 20)]
        }
        Thread.detachNewThread {
            let reader = open(path, O_RDONLY)
            var byte: UInt8 = 0
            _ = read(reader, &byte, 1)
            close(reader)
        }
        let outcome = await pach("get", "file", "r@b:/a", "-o", path, engine: large)
        #expect(outcome.code == 1)
        #expect(outcome.error == "Error: Could not write to '\(path)'\nCaused by: Broken pipe\n")
    }

    @Test("-r writes a folder's files where they are relative to it")
    func folder() async throws {
        let folder = try TemporaryFolder()
        #expect(await pach("get", "file", "r@b:/d", "-r", "-o", "\(folder.path)/out", engine: engine).code == 0)
        #expect(try folder.read("out/b") == "abcde")
        #expect(try folder.read("out/x/c") == "ABCDE")
        #expect(await pach("get", "file", "r@b:/", "-r", "-o", "\(folder.path)/new/all", engine: engine).code == 0)
        #expect(try folder.read("new/all/d/x/c") == "ABCDE")
        #expect(await pach("get", "file", "r@b:/a", "-r", "-o", "\(folder.path)/one", engine: engine).code == 0)
        #expect(try folder.read("one") == "12345")
    }

    @Test("a pattern stands for the files that match")
    func pattern() async throws {
        let files = FakeEngine {
            $0.files = [Sample.file("/a"), Sample.file("/b")]
            $0.contents = [Sample.path("/a"): Array("1".utf8), Sample.path("/b"): Array("2".utf8)]
        }
        #expect(await pach("get", "file", "r@b:/*", engine: files).output == "12")
        let folder = try TemporaryFolder()
        #expect(await pach("get", "file", "r@b:/*", "-r", "-o", folder.path, engine: files).code == 0)
        #expect(try folder.names == ["a", "b"])
        #expect(
            await pach("get", "file", "r@b:/*", "-o", "\(folder.path)/c", engine: files).error
                == "Error: 'r@b:/*' matches 2 files, where one is needed\nHint: Use -r -o DIR to get each into a folder.\n")
    }

    @Test("a file of the very name goes before a pattern")
    func literal() async {
        let files = FakeEngine {
            $0.files = [Sample.file("/*"), Sample.file("/b")]
            $0.contents = [Sample.path("/*"): Array("1".utf8), Sample.path("/b"): Array("2".utf8)]
        }
        #expect(await pach("get", "file", "r@b:/*", engine: files).output == "1")
    }

    @Test("a folder is not a file")
    func notAFile() async {
        #expect(
            await pach("get", "file", "r@b:/d", engine: engine)
                == Outcome(code: 1, output: "", error: "Error: '/d' is a folder\nHint: Use -r -o DIR to get all files in it.\n"))
    }

    @Test("where neither a name nor a pattern leads to a file, the error is of the name", arguments: ["/x*", "/odd[name"])
    func nothingMatches(_ path: String) async {
        #expect(
            await pach("get", "file", "r@b:\(path)")
                == Outcome(
                    code: 1, output: "",
                    error: """
                        Error: file 'r@b:\(path)' not found
                        Hint: Nothing matches it as a pattern either; 'pach list file r@b:/' shows what there is.

                        """))
    }

    @Test("diff file compares line by line")
    func diff() async {
        let old = FileInfo(
            file: .init(commit: CommitLink(branch: Sample.branch("images@master"), id: Sample.otherID), path: Sample.path("/d/gone")),
            fileType: .file, committed: nil, sizeBytes: 2, hash: Sample.object)
        let engine = FakeEngine {
            $0.files = [Sample.file("/new", size: 2), old]
            $0.contents = [Sample.path("/new"): Array("a\n".utf8), Sample.path("/d/gone"): Array("b\n".utf8)]
            $0.differences = [
                FileDifference(newFile: nil, oldFile: old), FileDifference(newFile: Sample.file("/new", size: 2), oldFile: nil),
                FileDifference(newFile: Sample.file("/large", size: 2 << 20), oldFile: nil),
            ]
        }
        let outcome = await pach("diff", "file", "images@master:/", engine: engine)
        #expect(outcome.code == 0)
        #expect(outcome.output.hasPrefix("OP SIZE NAME\n-  2B   /d/gone\n+  2B   /new\n+  2MiB /large\ndiff --git "))
        #expect(outcome.output.contains("\n-b\n"))
        #expect(outcome.output.contains("\n+a\n"))
        #expect(outcome.error == "1 file was not compared line by line: too large, or too many.\n")
        #expect(await pach("diff", "file", "images@master:/", "--diff-command", "pach-no-such-program", engine: engine).code == 1)
    }

    @Test(
        "diff file of two paths compares what has one place below them",
        arguments: [
            ("/b", "/a", "/b/x/f", "/a/x/f"), ("/", "/a", "/f", "/a/f"), ("/b", "/", "/b/f", "/f"), ("/b/g", "/a/f", "/b/g", "/a/f"),
        ])
    func diffOfTwoPaths(_ newPath: String, _ oldPath: String, _ newFile: String, _ oldFile: String) async {
        let (new, old) = (Sample.file(newFile, size: 2), Sample.file(oldFile, size: 2))
        let engine = FakeEngine {
            $0.files = [new, old]
            $0.contents = [Sample.path(newFile): Array("1\n".utf8), Sample.path(oldFile): Array("2\n".utf8)]
            $0.differences = [FileDifference(newFile: new, oldFile: old)]
        }
        let outcome = await pach("diff", "file", "images@master:\(newPath)", "images@master^:\(oldPath)", engine: engine)
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("diff --git") || $0.hasPrefix("-2") || $0.hasPrefix("+1") }
        #expect(lines == ["diff --git a/old\(newFile) b/new\(newFile)", "-2", "+1"], "\(outcome)")
    }
}
