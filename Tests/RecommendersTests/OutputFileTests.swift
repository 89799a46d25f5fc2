import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct OutputFileTests {
    private static func put(_ text: String, to path: String) throws(RecommenderError) {
        var file = try OutputFile(path)
        try file.write(text.utf8)
        try file.finish()
    }

    @Test("a file takes the place of what was there, in folders that are made")
    func file() throws {
        let folder = try TemporaryFolder()
        for text in ["one", "two"] {
            try Self.put(text, to: "\(folder.path)/deep/file")
            #expect(try folder.read("deep/file") == text)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/deep") == ["file"])
    }

    @Test("a pipe and a device get the bytes, and stay what they are")
    func streams() throws {
        let folder = try TemporaryFolder()
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        // Who opens a pipe to write waits for a reader.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try Self.put("one", to: pipe)
        var bytes = [UInt8](repeating: 0, count: 9)
        #expect(read(reader, &bytes, 9) == 3 && bytes.starts(with: "one".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pipe"])
        // Not the system's own, which a mistake would cost.
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/null", withDestinationPath: "/dev/null")
        #expect(OutputPlace("\(folder.path)/null") == .stream("\(folder.path)/null"))
    }

    @Test("a link leads to the file that is replaced; what a process has open is written after what is there")
    func links() throws {
        let folder = try TemporaryFolder()
        let (link, opened) = ("\(folder.path)/link", "\(folder.path)/opened")
        try folder.write("old", to: "there/file")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "there/file")
        try Self.put("new", to: link)
        #expect(try folder.read("there/file") == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "there/file")
        let descriptor = open("\(folder.path)/there/file", O_WRONLY | O_APPEND)
        defer { close(descriptor) }
        try FileManager.default.createSymbolicLink(atPath: opened, withDestinationPath: "/proc/self/fd/\(descriptor)")
        try Self.put(", more", to: opened)
        #expect(write(descriptor, "!", 1) == 1)
        #expect(try folder.read("there/file") == "new, more!")
    }
}
