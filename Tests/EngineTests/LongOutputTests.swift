import Engine
import Model
import Operations
import Testing

@Suite("An output that cannot be stored under its name or path")
struct LongOutputTests {
    enum Excess: CaseIterable {
        /// A large file's name gets a suffix in the tree.
        case name
        /// The index of good outputs has each path below one of its own.
        case path

        var script: String {
            switch self {
            case .name: #"head -c 2097152 /dev/zero > "$out/$(printf %0250d 0)""#
            case .path: #"ln -s "$in" "$out/$(printf %050d 0)""#
            }
        }
    }

    @Test("fails its datum, and what the others did is kept", arguments: Excess.allCases)
    func failsItsDatum(_ excess: Excess) async throws {
        try await TestEngine.with { test in
            let engine = test.engine
            let copy = try PipelineName("copy")
            let folders = String(repeating: "/" + String(repeating: "d", count: 199), count: 19)
            let deep = try FilePath("/long\(folders)/" + String(repeating: "f", count: 189))
            try await engine.createRepo(RepoName("in"), description: "", update: false)
            _ = try await engine.put([(FilePath("/a"), [1]), (FilePath("/b"), [2]), (deep, [3])], in: CommitReference("in@master"))
            try await engine.createPipeline(
                "copy", reading: ["in"], #"case "$in" in */long) \#(excess.script);; *) cp "$in" "$out/";; esac"#)
            _ = try await engine.run { _ in }
            let failed = try #require(try await engine.listJobs(JobQuery(pipeline: copy, number: 1)).first)
            #expect(failed.state == .failure)
            #expect(failed.reason.hasPrefix("in@master:/long: "), "\(failed.reason)")
            #expect(failed.reason.contains("(1 of 3 failed)"), "\(failed.reason)")

            try await engine.rerunPipeline(copy, reprocess: false)
            _ = try await engine.run { _ in }
            let again = try #require(try await engine.listJobs(JobQuery(pipeline: copy, number: 1)).first)
            #expect((again.dataFailed, again.dataSkipped) == (1, 2))
        }
    }
}
