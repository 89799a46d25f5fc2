import Files
import TestSupport
import Testing

struct FolderTests {
    /// To Swift, a slash and a combining mark after it are one character that is no slash.
    static let marked = "\u{301}accented"

    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a/b", "a"), ("a", "."), ("/a/\(marked)", "/a"), ("/\(marked)/b", "/\(marked)"),
        ("/a\u{301}/b", "/a\u{301}"),
    ])
    func theParentIsWhatComesBeforeTheLastSlash(path: String, parent: String) {
        #expect(Folder.parent(of: path) == parent)
    }

    @Test(arguments: [
        ("/a", "/a"), ("/a", "/a/b"), ("/a", "/a/\(marked)"), ("/", "/a"), ("/", "/\(marked)"),
    ])
    func aFolderContainsItselfAndWhatIsBelow(folder: String, path: String) {
        #expect(Folder.contains(folder, path))
    }

    @Test(arguments: [("/a", "/ab"), ("/a/b", "/a"), ("/e\u{301}", "/\u{e9}/b"), ("/\u{e9}", "/e\u{301}")])
    func namesThatBeginAlikeOrOnlyLookAlikeAreOthers(folder: String, path: String) {
        #expect(!Folder.contains(folder, path))
    }

    @Test func foldersAboveAreMadeToo() async throws {
        try await withTemporaryFolder { root in
            let folder = "\(root)/a/\(Self.marked)/c"
            try Folder.createAll(folder)
            try Folder.createAll(folder)
            let status = try Folder.status(of: folder)
            #expect(status?.isFolder == true)
            #expect(try Folder.names(in: "\(root)/a") == [Self.marked])
        }
    }
}
