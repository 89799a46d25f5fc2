import Engine
import Foundation
import Glibc
import Model
import Operations
import TestSupport
import Testing

@Suite("A pipeline's program is replaced while the engine runs")
struct ReplacedProgramTests {
    @Test("no process of the old program works for the new one's job")
    func batching() async throws {
        try await withTemporaryFolder { folder in
            chmod(folder, 0o755)
            let program = folder + "/program"
            func install(_ version: String) throws {
                let script = """
                    #!/bin/sh
                    while SupervisorFixture next; do . "$1/.env"; echo \(version) > "$1/out/${in##*/}"; done

                    """
                try installProgram(script, at: program + ".new")
                try #require(rename(program + ".new", program) == 0)
            }
            try await TestEngine.with { test in
                try install("old")
                try await test.engine.createRepo(RepoName("in"), description: "", update: false)
                let spec = """
                    {"pipeline":{"name":"stamp"},"input":{"pfs":{"repo":"in","glob":"/*"}},"parallelism_spec":{"constant":1},
                    "transform":{"cmd":["\(program)","/pfs"],"datum_batching":true}}
                    """
                _ = try await test.engine.createPipeline(PipelineRequest(spec: spec, fileName: "test"))
                func outputs(afterPutting name: String) async throws -> [FilePath: String] {
                    _ = try await test.engine.put([(FilePath("/" + name), [1])], in: CommitReference("in@master"))
                    #expect(try await test.engine.run { _ in }.last?.state == .success)
                    let files = try await test.engine.files(of: CommitReference("stamp@master"))
                    return files.mapValues { String(decoding: $0, as: UTF8.self) }
                }
                #expect(try await outputs(afterPutting: "a") == [FilePath("/a"): "old\n"])
                try install("new")
                #expect(try await outputs(afterPutting: "b") == [FilePath("/a"): "new\n", FilePath("/b"): "new\n"])
            }
        }
    }

    @Test("a program that the PATH leads to counts as code, too")
    func inThePath() async throws {
        try await withTemporaryFolder { folder in
            chmod(folder, 0o755)
            func install(_ version: String) throws {
                try installProgram("#!/bin/sh\necho \(version) > ${in%/in/*}/out/${in##*/}\n", at: folder + "/stamp-it")
            }
            try await TestEngine.with { test in
                try install("old")
                try await test.engine.createRepo(RepoName("in"), description: "", update: false)
                let spec = """
                    {"pipeline":{"name":"stamp"},"input":{"pfs":{"repo":"in","glob":"/*"}},
                    "transform":{"cmd":["stamp-it"],"env":{"PATH":"\(folder):/usr/bin:/bin"}}}
                    """
                _ = try await test.engine.createPipeline(PipelineRequest(spec: spec, fileName: "test"))
                _ = try await test.engine.put([(FilePath("/a"), [1])], in: CommitReference("in@master"))
                #expect(try await test.engine.run { _ in }.last?.state == .success)
                try install("new")
                _ = try await test.engine.put([(FilePath("/b"), [1])], in: CommitReference("in@master"))
                #expect(try await test.engine.run { _ in }.last?.state == .success)
                let files = try await test.engine.files(of: CommitReference("stamp@master"))
                #expect(files[try FilePath("/a")].map { String(decoding: $0, as: UTF8.self) } == "new\n")
            }
        }
    }
}
