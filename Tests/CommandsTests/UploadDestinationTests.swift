import Model
import Testing

@testable import Commands

@Suite("UploadDestination")
struct UploadDestinationTests {
    @Test(
        "one file goes where the path says",
        arguments: [
            (nil, "d/a.csv", false, "/a.csv"), ("", "d/a.csv", false, "/a.csv"), ("/x", "d/a.csv", false, "/x"),
            ("/x/", "d/a.csv", false, "/x/a.csv"), ("/", "d/a.csv", false, "/a.csv"), (nil, "d/a.csv", true, "/d/a.csv"),
            (nil, "/d/./a.csv", true, "/d/a.csv"), ("/x", "d/a.csv", true, "/x"), ("/x/", "d/a.csv", true, "/x/d/a.csv"),
            (nil, "d/\u{301}b", false, "/\u{301}b"), ("/x/", "d/\u{301}b", true, "/x/d/\u{301}b"), ("/x", "..", false, "/x"),
        ] as [(String?, String, Bool, String)])
    func oneFile(_ path: String?, _ source: String, _ fullPath: Bool, _ target: String) throws {
        let destination = UploadDestination(path: path, fullPath: fullPath)
        #expect(try destination.target(of: UploadSource(source), isFolder: false).description == target)
    }

    @Test(
        "a folder's files go below the path",
        arguments: [
            (nil, "dir", false, "/dir"), ("/", "dir", false, "/"), ("/x", "dir", false, "/x"), ("/x/", "d/dir/", false, "/x"),
            (nil, "d/dir", true, "/d/dir"), ("/x", "d/dir", true, "/x/d/dir"), (nil, ".", false, "/"), ("/x", "..", false, "/x"),
        ] as [(String?, String, Bool, String)])
    func folder(_ path: String?, _ source: String, _ fullPath: Bool, _ target: String) throws {
        let destination = UploadDestination(path: path, recursive: true, fullPath: fullPath)
        #expect(try destination.target(of: UploadSource(source), isFolder: true).description == target)
    }

    @Test("several sources go below the path, each under its own name")
    func several() throws {
        let destination = UploadDestination(path: "/x", sourceCount: 2)
        #expect(try destination.target(of: UploadSource("d/a.csv"), isFolder: false).description == "/x/a.csv")
        let top = UploadDestination(path: nil, sourceCount: 2)
        #expect(try top.target(of: UploadSource("d/a.csv"), isFolder: false).description == "/a.csv")
    }

    @Test("a name outside the repo is refused")
    func outside() throws {
        let source = try UploadSource("../a.csv")
        #expect(throws: PachError.self) { try UploadDestination(fullPath: true).target(of: source, isFolder: false) }
    }

    @Test("what must be fetched is refused by name", arguments: ["https://example.org/a", "HTTP://example.org", "s3://bucket/a", "gs://b"])
    func elsewhere(_ name: String) {
        let error = #expect(throws: PachError.self) { try UploadSource(name) }
        #expect(error?.code == .notSupported)
    }
}
