import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct FileTreeTests {
    @Test("lists files in byte order of their paths")
    func order() throws {
        let folder = try TemporaryFolder()
        for name in ["b/1", "a-b", "a/z", "a/B", "ä", "2019-05-09/17/x", "2019-05-09/16/y", "Z"] { try folder.write("", to: name) }
        let tree = try #require(try FileTree(at: folder.path))
        #expect(tree.isFolder)
        #expect(tree.files.map(\.relativePath) == ["2019-05-09/16/y", "2019-05-09/17/x", "Z", "a-b", "a/B", "a/z", "b/1", "ä"])
        #expect(tree.files[0].path == folder.path + "/2019-05-09/16/y")
    }

    @Test("a file is a tree of one, a missing path none")
    func single() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "deep/file")
        let tree = try #require(try FileTree(at: path))
        #expect(!tree.isFolder)
        #expect(tree.files == [FileTree.File(path: path, relativePath: "file")])
        #expect(try FileTree(at: folder.path + "/missing") == nil)
    }

    @Test("follows links, and refuses one that leads nowhere")
    func links() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "there/file")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "there")
        #expect(try FileTree(at: folder.path)?.files.map(\.relativePath) == ["link/file", "there/file"])
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/broken", withDestinationPath: "nowhere")
        let error = try #require(throws: RecommenderError.self) { try FileTree(at: folder.path) }
        #expect(error.message.contains("/broken' leads nowhere"))
    }
}
