import Commands
import Foundation
import Model
import Operations
import TestSupport
import Testing

/// `get file -r` into a folder that is there already, and holds links.
@Suite("get file -r among links")
struct GetFolderTests {
    /// Comes in pieces, the others as a whole.
    private static let large = String(repeating: "large", count: ByteStream.wholeByteCountMax / 5 + 1)

    private let engine = FakeEngine {
        $0.files = [
            Sample.file("/", .folder), Sample.file("/a", .folder), Sample.file("/a/b"), Sample.file("/a/large"), Sample.file("/c"),
        ]
        $0.contents = [
            Sample.path("/a/b"): Array("new b".utf8), Sample.path("/a/large"): Array(Self.large.utf8),
            Sample.path("/c"): Array("new c".utf8),
        ]
    }

    private func get(to path: String) async -> Outcome {
        await pach("get", "file", "r@b:/", "-r", "-o", path, engine: engine)
    }

    @Test("a link in the place of a folder is refused, wherever it leads", arguments: ["../elsewhere", "elsewhere", "nowhere"])
    func linkToFolder(target: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "elsewhere/b")
        try folder.write("mine", to: "out/elsewhere/b")
        try folder.link("out/a", to: target)
        let outcome = await get(to: "\(folder.path)/out")
        #expect(outcome.code == 1)
        #expect(
            outcome.error == """
                Error: Could not write into '\(folder.path)/out/a': it is a link to '\(target)'
                Hint: Remove the link, or write to another folder.

                """)
        #expect(try folder.read("elsewhere/b") == "mine")
        #expect(try folder.read("out/elsewhere/b") == "mine")
        #expect(try folder.names(in: "elsewhere") == ["b"])
        #expect(try folder.names(in: "out/elsewhere") == ["b"])
    }

    @Test("a link in the place of a file is replaced, and what it leads to stays", arguments: ["a/b", "a/large", "c"])
    func linkToFile(path: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "elsewhere")
        try folder.write("", to: "out/a/other")
        try folder.link("out/\(path)", to: "\(folder.path)/elsewhere")
        #expect(await get(to: "\(folder.path)/out") == Outcome(code: 0, output: "", error: ""))
        #expect(try folder.read("elsewhere") == "mine")
        #expect(try folder.read("out/a/b") == "new b")
        #expect(try folder.read("out/a/large") == Self.large)
        #expect(try folder.read("out/c") == "new c")
        #expect(try FileManager.default.attributesOfItem(atPath: "\(folder.path)/out/\(path)")[.type] as? FileAttributeType == .typeRegular)
        #expect(try folder.names(in: "out") == ["a", "c"])
        #expect(try folder.names(in: "out/a") == ["b", "large", "other"])
    }

    @Test("a pipe or a folder in the place of a file")
    func pipeAndFolder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "out/a/other")
        #expect(mkfifo("\(folder.path)/out/c", 0o600) == 0)
        // Written into, it would wait for a reader.
        #expect(await get(to: "\(folder.path)/out").code == 0)
        #expect(try folder.read("out/c") == "new c")
        try folder.write("mine", to: "taken/a/b/c")
        let outcome = await get(to: "\(folder.path)/taken")
        #expect(
            outcome.error == """
                Error: Could not write '\(folder.path)/taken/a/b': it is a folder
                Hint: Remove it, or write to another folder.

                """)
        #expect(try folder.read("taken/a/b/c") == "mine")
        #expect(try folder.names(in: "taken/a").allSatisfy { ["b", "large"].contains($0) })
    }

    @Test("a file in the place of a folder is refused")
    func fileForFolder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "out/a")
        let outcome = await get(to: "\(folder.path)/out")
        #expect(
            outcome.error == """
                Error: Could not make the folder '\(folder.path)/out/a': a file of that name is there
                Hint: Remove it, or write to another folder.

                """)
        #expect(try folder.read("out/a") == "mine")
    }

    @Test("the folder that the user names may be a link itself")
    func targetIsALink() async throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "elsewhere/other")
        try folder.link("out", to: "elsewhere")
        for out in ["out", "out/"] {
            #expect(await get(to: "\(folder.path)/\(out)") == Outcome(code: 0, output: "", error: ""))
        }
        #expect(try folder.names(in: "elsewhere") == ["a", "c", "other"])
        #expect(try folder.names(in: "elsewhere/a") == ["b", "large"])
    }
}
