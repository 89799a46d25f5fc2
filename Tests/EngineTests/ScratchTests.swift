import Engine
import Foundation
import Glibc
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("What an earlier process left in the scratch folder")
struct ScratchTests {
    /// What the disk may hold after a power cut: a file's name without its bytes.
    @Test("code that was laid out before a power cut is laid out anew")
    func emptiedCode() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            let spec = """
                {"pipeline":{"name":"copy"},"input":{"pfs":{"repo":"in","glob":"/*"}},
                "transform":{"cmd":["sh","-e","main.sh","/pfs"],"build":{"path":"."}}}
                """
            let main = CodeFile(path: try FilePath("/main.sh"), bytes: Array(#"cp "$1"/in/* "$1/out/""#.utf8), isExecutable: false)
            _ = try await test.engine.createPipeline(PipelineRequest(spec: spec, fileName: "test", code: [main]))
            _ = try await test.engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
            #expect(try await test.engine.run { _ in }.last?.state == .success)

            try await test.reopen {
                let code = test.root.scratchPath + "/code"
                let trees = try FileManager.default.contentsOfDirectory(atPath: code)
                let file = "\(code)/\(try #require(trees.first))/main.sh"
                try #require(trees.count == 1 && access(file, R_OK) == 0)
                try FileManager.default.removeItem(atPath: file)
                try Data().write(to: URL(fileURLWithPath: file))
            }
            _ = try await test.engine.put([(FilePath("/b"), [2])], in: CommitReference("in@master"))
            #expect(try await test.engine.run { _ in }.last?.state == .success)
            let files = try await test.engine.files(of: CommitReference("copy@master"))
            #expect(try files == [FilePath("/a"): [1], FilePath("/b"): [2]])
        }
    }

    @Test("goes when the root is opened, whatever user code made of it, and nothing that it refers to; a row of short commands is enough")
    func leftovers() async throws {
        try await TestEngine.with { test in
            let scratch = test.root.scratchPath
            let outside = test.root.path + "/outside"
            func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: scratch) }
            try await test.reopen {
                try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
                try Data("precious".utf8).write(to: URL(fileURLWithPath: outside + "/file"))
                for slot in 0..<3 {
                    let output = "\(scratch)/worker-\(slot)/pfs/out"
                    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
                    try FileManager.default.createSymbolicLink(atPath: output + "/link", withDestinationPath: outside)
                    try Data("big".utf8).write(to: URL(fileURLWithPath: output + "/file"))
                    chmod(output, 0)
                }
                try FileManager.default.createSymbolicLink(atPath: scratch + "/link", withDestinationPath: outside)
                try Data().write(to: URL(fileURLWithPath: scratch + "/file"))
            }
            #expect(try !names().contains { !$0.hasPrefix("leftover-") })
            // Each of them removes one of the five at least.
            for _ in 0..<5 { try await test.reopen() }
            #expect(try names() == [])
            #expect(try String(contentsOfFile: outside + "/file", encoding: .utf8) == "precious")
        }
    }

    @Test("where a link is in that folder's place the root is not opened, and nothing is emptied")
    func link() async throws {
        try await withTemporaryFolder { outside in
            try Data("precious".utf8).write(to: URL(fileURLWithPath: outside + "/file"))
            let error = await #expect(throws: PachError.self) {
                try await TestEngine.with { test in
                    try await test.reopen {
                        try FileManager.default.removeItem(atPath: test.root.scratchPath)
                        try FileManager.default.createSymbolicLink(atPath: test.root.scratchPath, withDestinationPath: outside)
                    }
                }
            }
            #expect(error?.code == .conflict)
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["file"])
        }
    }
}
