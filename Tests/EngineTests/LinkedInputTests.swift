import Engine
import Model
import Operations
import Testing

@Suite("An output that is a link to an input")
struct LinkedInputTests {
    @Test("to the input's own folder, or one on the way to the datum, stores what the datum has there", .timeLimit(.minutes(1)))
    func foldersAboveTheDatum() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            let script = #"pfs="${out%/out}"; ln -s "$pfs/in" "$out/all"; ln -s "$pfs/in/a" "$out/by-${in##*/}""#
            try await test.engine.createPipeline("link", reading: ["in"], script)
            try await test.engine.updatePipeline("link", (old: #""glob":"/*""#, new: #""glob":"/*/*""#))
            let texts = ["/a/x": "1", "/a/y/z": "2"]
            let files = try texts.map { (try FilePath($0.key), Array($0.value.utf8)) }
            _ = try await test.engine.put(files, in: CommitReference("in@master"))
            #expect(try await test.engine.run { _ in }.last?.state == .success)
            let found = try await test.engine.files(of: CommitReference("link@master"))
            #expect(
                Dictionary(uniqueKeysWithValues: found.map { ($0.key.description, String(decoding: $0.value, as: UTF8.self)) })
                    == ["/all/a/x": "1", "/all/a/y/z": "2", "/by-x/x": "1", "/by-y/y/z": "2"])
        }
    }

    @Test("to a place where the datum has nothing fails it", .timeLimit(.minutes(1)))
    func elsewhere() async throws {
        try await TestEngine.with { test in
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("link", reading: ["in"], #"ln -s "${out%/out}/in/b" "$out/b""#)
            _ = try await test.engine.put([(try FilePath("/a"), [1])], in: CommitReference("in@master"))
            let job = try await test.engine.run { _ in }.last
            #expect(job?.state == .failure)
            #expect(job?.reason.contains("neither an input nor an output") == true, "\(String(describing: job?.reason))")
        }
    }
}
