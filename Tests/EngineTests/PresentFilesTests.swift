import Engine
import Model
import Operations
import Testing

@Suite("Puts that leave out what is there")
struct PresentFilesTests {
    private let repo: RepoName
    private let master: CommitReference

    init() throws {
        repo = try RepoName("r")
        master = try CommitReference("r@master")
    }

    private func path(_ text: String) throws -> FilePath { try FilePath(text) }

    @Test("a folder is listed by ids, large files and folders among them")
    func listing() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(repo, description: "", update: false)
            let large = [UInt8](repeating: 7, count: 2 << 20)
            _ = try await engine.put([(path("d/b"), [1]), (path("d/e/f"), [2]), (path("d/a"), large)], in: master)
            let commit = try await engine.inspectCommit(master, wait: false)
            let listing = try await engine.listFolder(FileReference(commit: master, path: path("d")))
            #expect(listing.tree == commit.tree)
            #expect(listing.entries.map(\.name.description) == ["a", "b", "e"])
            #expect(listing.entries.map(\.fileType) == [.file, .file, .folder])
            for entry in listing.entries {
                let file = FileReference(commit: master, path: try path("d").appending(entry.name))
                #expect(try await engine.inspectFile(file).hash == entry.hash)
            }
            let root = try await engine.listFolder(FileReference(commit: master, path: .root))
            #expect(root.hash == commit.tree)
            #expect(root.entries.map(\.hash) == [listing.hash])
            await #expect { try await engine.listFolder(FileReference(commit: master, path: path("d/b"))) } throws: {
                ($0 as? PachError)?.code == .invalidArgument
            }
        }
    }

    @Test("what is left out counts, and only while the commit has the tree that was looked at")
    func precondition() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            try await engine.createRepo(repo, description: "", update: false)
            _ = try await engine.put([(path("a"), [1]), (path("b"), [2])], in: master)
            let tree = try await engine.inspectCommit(master, wait: false).tree
            let present = PresentFiles(tree: tree, count: 2)

            // Nothing changed: a commit all the same, as from any put.
            let same = try await engine.putFiles(FileUploads { nil }, in: master, mode: .overwrite, present: present).commit
            #expect(same.tree == tree)
            #expect(same.description == "put 2 files")

            let upload = FileUpload(path: try path("c"), sizeBytes: 1, content: ByteStream([3]))
            let new = try await engine.putFiles(
                FileUploads { nil }.preceded(by: [upload]), in: master, mode: .overwrite, present: present
            ).commit
            #expect(new.description == "put 3 files")
            #expect(try await engine.files(of: master) == [path("a"): [1], path("b"): [2], path("c"): [3]])

            // The commit has another tree by now.
            let count = try await engine.listCommits(CommitQuery(repo: repo)).count
            await #expect {
                try await engine.putFiles(FileUploads { nil }.preceded(by: [upload]), in: master, mode: .overwrite, present: present)
            } throws: {
                ($0 as? PachError)?.code == .preconditionFailed
            }
            #expect(try await engine.listCommits(CommitQuery(repo: repo)).count == count)
        }
    }
}
