import Datums
import Foundation
import Model
import Storage
import Testing

@testable import Workers

@Suite struct OutputCollectorTests {
    @Test func aLinkLeadsWhereItsBytesSay() throws {
        let folder = SandboxFixture.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The slash before it and the mark make one character.
        let marked = "\u{301}d"
        try FileManager.default.createDirectory(atPath: "\(folder)/a/\(marked)", withIntermediateDirectories: true)
        try Data("right".utf8).write(to: URL(filePath: "\(folder)/a/x"))
        try Data("wrong".utf8).write(to: URL(filePath: "\(folder)/x"))
        try #require(symlink("a/\(marked)/../x", "\(folder)/link") == 0)
        let store = InMemoryStore()
        let outputs = try OutputCollector(folder: folder, pfs: "/pfs", writer: store) { _, _ in nil }.collect()
        let link = try #require(outputs.first { $0.path.description == "/link" })
        #expect(String(decoding: try FileReader(store).bytes(link.file), as: UTF8.self) == "right")
    }
}
