import Engine
import Foundation
import Ledger
import Model
import Operations
import Testing

@Suite("A rebuild of a root whose folders somebody renamed")
struct RebuildTests {
    @Test(
        "tells of a pipeline's repo under a name that no pipeline can have, and takes it for a plain one",
        arguments: ["_train", String(repeating: "x", count: PipelineName.lengthMax + 1)], RepoName.Kind.allCases)
    func renamed(base: String, kind: RepoName.Kind) async throws {
        try await TestEngine.with { test in
            let pipeline = try PipelineName("train")
            let new = try RepoName(base: base, kind: kind)
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("train", reading: ["in"], #"cp "$in" "$out/""#)
            _ = try await test.engine.put([(FilePath("/a"), Array("a".utf8))], in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.fsck(publish: true, fix: false)
            let report = try await test.rebuild {
                try FileManager.default.moveItem(atPath: test.root.repoPath(pipeline.repo(kind)), toPath: test.root.repoPath(new))
            }
            #expect(report.losses.count { $0.hasPrefix("repo \(new): ") && $0.contains("plain") } == 1, "\(report.losses)")
            #expect(!report.losses.contains { $0.hasPrefix("pipeline \(base)") }, "\(report.losses)")
            let repos = try await test.engine.listRepos(kinds: Set(RepoName.Kind.allCases)).map(\.repo)
            #expect(repos.contains(new))
            try await test.engine.deleteRepo(new, force: false)
        }
    }
}
