import Engine
import Model
import Operations
import Testing

@Suite("Paths that become too long by being put together")
struct PathLengthTests {
    @Test("neither a put nor a copy makes a path that nobody could name")
    func limit() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            let (repo, master) = (try RepoName("r"), try CommitReference("r@master"))
            try await engine.createRepo(repo, description: "", update: false)
            let folder = try FilePath(String(repeating: "/" + String(repeating: "d", count: 203), count: 20))
            let longest = folder.appending(try FileName(String(repeating: "f", count: FilePath.byteCountMax - folder.byteCount - 1)))
            #expect(longest.byteCount == FilePath.byteCountMax)
            let commit = try await engine.put([(longest, [1])], in: master)
            #expect(try await engine.inspectFile(FileReference(commit: master, path: FilePath(longest.description))).sizeBytes == 1)

            let put = await #expect(throws: PachError.self) {
                try await engine.put([(FilePath("/q").appending(longest), [1])], in: master)
            }
            #expect(put?.code == .invalidArgument)
            let copy = await #expect(throws: PachError.self) {
                try await engine.copyFile(
                    from: FileReference(commit: master, path: .root), to: FileReference(commit: master, path: FilePath("/c")),
                    mode: .overwrite)
            }
            #expect(copy?.code == .invalidArgument)
            #expect(try await engine.inspectBranch(Branch("r@master")).head?.id == commit)
        }
    }
}
