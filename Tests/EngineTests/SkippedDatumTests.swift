import Engine
import Foundation
import Model
import Operations
import Testing

@Suite("A datum is skipped where its output is known, and only there")
struct SkippedDatumTests {
    @Test("what came of a job before is no output of a pipeline that reads its last output no longer")
    func previousNoLonger() async throws {
        try await TestEngine.with { test in
            let input = try CommitReference("in@master")
            let file = try FilePath("/a")
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline(
                "log", reading: ["in"], previous: true,
                #"last="${out%/out}/.previous/log"; { [ ! -e "$last" ] || cat "$last"; cat "$in"; } > "$out/log""#)
            for byte in [UInt8(1), 2, 3] {
                _ = try await test.engine.put([(file, [byte])], in: input)
                _ = try await test.engine.run { _ in }
            }
            let log = try FilePath("/log")
            #expect(try await test.engine.files(of: CommitReference("log@master")) == [log: [1, 2, 3]])

            try await test.engine.updatePipeline("log", (#""previous":true"#, #""previous":false"#))
            _ = try await test.engine.run { _ in }
            #expect(try await test.engine.files(of: CommitReference("log@master")) == [log: [3]])
            _ = try await test.engine.put([(file, [2])], in: input)
            _ = try await test.engine.run { _ in }
            #expect(try await test.engine.files(of: CommitReference("log@master")) == [log: [2]])
        }
    }

    @Test("what was processed in every job is not remembered beyond the next one")
    func everyJobNoLonger() async throws {
        try await TestEngine.with { test in
            try await create(test.engine, file: FilePath("/a"))
            try await test.engine.updatePipeline("copy", (#""jobs":"all""#, #""reprocess_spec":"every_job""#))
            #expect(try await test.engine.run { _ in }.map(\.dataProcessed) == [1])
            // Built on is only what was made of the same pattern, so all that could be known here is what is remembered.
            try await test.engine.updatePipeline("copy", (#""reprocess_spec":"every_job""#, #""jobs":"all""#))
            try await test.engine.updatePipeline("copy", (#""glob":"/*""#, #""glob":"/a""#))
            #expect(try await test.engine.run { _ in }.map(\.dataProcessed) == [1])
        }
    }

    @Test("what was made before each job processed everything does not come back after that")
    func everyJobBetween() async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let input = try CommitReference("in@master"), output = try CommitReference("clock@master")
            let kept = try FilePath("/kept"), gone = try FilePath("/gone")
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            try await engine.createPipeline("clock", reading: ["in"], #"date +%s%N > "$out/$(basename "$in")""#)
            _ = try await engine.put([(kept, [1]), (gone, [1])], in: input)
            _ = try await engine.run { _ in }
            let first = try await engine.files(of: output)
            try #require(Set(first.keys) == [kept, gone])

            // One file is read by the jobs between, and one is not.
            _ = try await engine.deleteFile(FileReference(commit: input, path: gone), recursive: false)
            try await engine.updatePipeline("clock", (#""jobs":"all""#, #""reprocess_spec":"every_job""#))
            _ = try await engine.run { _ in }
            try await engine.updatePipeline("clock", (#""reprocess_spec":"every_job""#, #""jobs":"all""#))
            _ = try await engine.deleteFile(FileReference(commit: input, path: kept), recursive: false)
            _ = try await engine.run { _ in }
            _ = try await engine.put([(kept, [1]), (gone, [1])], in: input)
            _ = try await engine.run { _ in }
            let last = try await engine.files(of: output)
            #expect(Set(last.keys) == [kept, gone])
            for file in [kept, gone] { #expect(last[file] != first[file], "\(file)") }
        }
    }

    @Test("a pattern that is written with other code points is another one")
    func decomposed() async throws {
        try await TestEngine.with { test in
            let file = try FilePath("/e\u{301}")
            try await create(test.engine, file: file)
            try await test.engine.updatePipeline("copy", (#""glob":"/*""#, "\"glob\":\"/\u{e9}\""))
            #expect(try await test.engine.run { _ in }.map(\.dataTotal) == [0])
            try await test.engine.updatePipeline("copy", ("\u{e9}", "e\u{301}"))
            #expect(try await test.engine.run { _ in }.map(\.dataTotal) == [1])
            #expect(try await test.engine.files(of: CommitReference("copy@master")) == [file: [1]])
        }
    }

    /// Creates a pipeline that copies a file.
    private func create(_ engine: Engine, file: FilePath) async throws {
        try await engine.createRepo(RepoName("in"), description: "", update: false)
        try await engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
        _ = try await engine.put([(file, [1])], in: CommitReference("in@master"))
    }
}
