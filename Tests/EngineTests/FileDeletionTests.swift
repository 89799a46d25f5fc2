import Model
import Operations
import Testing

@testable import Engine

@Suite("Files that are deleted")
struct FileDeletionTests {
    @Test("a folder that takes a file's place before the file is deleted stays where no folder was meant")
    func replacedByFolder() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            let master = try CommitReference("r@master")
            try await engine.createRepo(RepoName("r"), description: "", update: false)
            _ = try await engine.put([(FilePath("/x"), [1]), (FilePath("/z"), [1])], in: master)
            let failure = await #expect(throws: PachError.self) {
                // As `deleteFile` does, with what another client does between its two looks at the tree.
                try await engine.change(master) { _, _ in
                    _ = try await engine.deleteFile(FileReference(commit: master, path: FilePath("/x")), recursive: false)
                    _ = try await engine.put([(FilePath("/x/y"), [2])], in: master)
                    return FileChange(description: "delete file /x", deletions: [try FilePath("/x")])
                }
            }
            #expect(failure?.code == .invalidArgument)
            #expect(try await engine.files(of: master).keys.map(\.description).sorted() == ["/x/y", "/z"])
        }
    }

    @Test("a file that is not there is not found, nor is a folder that is none")
    func missing() async throws {
        try await TestEngine.with { root in
            let engine = root.engine
            let master = try CommitReference("r@master")
            try await engine.createRepo(RepoName("r"), description: "", update: false)
            for hasFiles in [false, true] {
                if hasFiles { _ = try await engine.put([(FilePath("/d/a"), [1])], in: master) }
                for isRecursive in [false, true] {
                    let failure = await #expect(throws: PachError.self) {
                        try await engine.deleteFile(FileReference(commit: master, path: FilePath("/x")), recursive: isRecursive)
                    }
                    #expect(failure?.code == .notFound && failure?.message.hasPrefix("file /x not found") == true)
                }
            }
            let folder = try FileReference(commit: master, path: FilePath("/d"))
            let refusal = await #expect(throws: PachError.self) { try await engine.deleteFile(folder, recursive: false) }
            #expect(refusal?.code == .invalidArgument)
            _ = try await engine.deleteFile(folder, recursive: true)
            #expect(try await engine.files(of: master).isEmpty)
        }
    }
}
