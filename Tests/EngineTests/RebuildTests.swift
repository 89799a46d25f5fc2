import Engine
import Foundation
import Ledger
import Model
import Operations
import TestSupport
import Testing

@Suite("A rebuild of a root whose folders somebody renamed, damaged or removed")
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

    @Test("after a rebuild the backup of before keeps what only it has: the next one is refused there, and goes elsewhere")
    func backupOfBefore() async throws {
        try await TestEngine.with { test in
            let backup = DataRoot(path: "\(test.root.path)/../saved").path
            let repos = try ["a", "b", "c"].map { try RepoName($0) }
            for repo in repos {
                try await test.engine.createRepo(repo, description: "", update: false)
                _ = try await test.engine.put([(FilePath("/a"), Array("a".utf8))], in: CommitReference("\(repo)@master"))
            }
            _ = try await test.engine.backUp(to: backup, links: false, verifiesAll: false)
            let report = try await test.rebuild {
                try FileManager.default.removeItem(atPath: "\(test.root.repoPath(repos[1]))/objects")
                try FileManager.default.removeItem(atPath: test.root.repoPath(repos[2]))
            }
            #expect(report.losses.contains { $0.hasPrefix("repo b: ") }, "\(report.losses)")
            #expect(report.losses.filter { $0.hasPrefix("repo c: ") } == ["repo c: its folder is gone; the old database knows of it"])
            #expect(report.losses.contains { $0.contains("another folder") }, "\(report.losses)")
            let refusal = await #expect(throws: PachError.self) {
                try await test.engine.backUp(to: backup, links: false, verifiesAll: false)
            }
            #expect(refusal?.code == .conflict && refusal?.descriptionWithHint.contains("--rebuild") == true)
            for repo in repos { #expect(FileManager.default.fileExists(atPath: "\(backup)/\(repo).git/HEAD"), "\(repo)") }
            #expect(try await test.engine.backUp(to: backup + "-after", links: false, verifiesAll: false).repos == 1)
        }
    }

    /// What stops a rebuild before, or after, its new database counts: a folder where a file is to be removed or replaced.
    @Test("cut off at any step it can be repeated, and nothing of a repo is lost sight of", arguments: [".old", "-shm"])
    func cutOff(_ obstacle: String) async throws {
        try await TestEngine.with { test in
            let records = try PipelineName("train").repo(.meta)
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("train", reading: ["in"], #"cp "$in" "$out/""#)
            _ = try await test.engine.put([(FilePath("/a"), Array("a".utf8))], in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.fsck(publish: true, fix: false)
            func asides() throws -> [String] {
                try FileManager.default.contentsOfDirectory(atPath: test.root.path).filter { $0.hasPrefix("\(records).git.unreadable-") }
            }
            let obstaclePath = test.root.databasePath + obstacle
            await #expect(throws: PachError.self) {
                try await test.rebuild {
                    try FileManager.default.removeItem(atPath: "\(test.root.repoPath(records))/objects")
                    if FileManager.default.fileExists(atPath: obstaclePath) { try FileManager.default.removeItem(atPath: obstaclePath) }
                    try FileManager.default.createDirectory(atPath: "\(obstaclePath)/in-the-way", withIntermediateDirectories: true)
                }
            }
            if obstacle == ".old" {
                #expect(try asides() == [])
                #expect(!FileManager.default.fileExists(atPath: "\(test.root.repoPath(records))/objects"))
            }
            try FileManager.default.removeItem(atPath: obstaclePath)
            let report = try await test.rebuild {}
            let aside = try #require(try asides().first)
            #expect(try asides().count == 1)
            #expect(report.losses.contains { $0.contains(aside) }, "\(report.losses)")
            let findings = try await test.engine.fsck(publish: true, fix: false).findings.map(\.message)
            #expect(findings.contains { $0.contains(aside) }, "\(findings)")
            _ = try await test.engine.run { _ in }
            #expect(try await test.engine.files(of: CommitReference("train@master")).count == 1)
        }
    }

    @Test("jobs keep the versions that made them, whatever is lost of the pipeline's specs", arguments: [false, true])
    func versions(isForced: Bool) async throws {
        try await TestEngine.with { test in
            let specs = try PipelineName("train").repo(.spec)
            try await test.engine.createRepo(RepoName("in"), description: "", update: false)
            try await test.engine.createPipeline("train", reading: ["in"], #"cp "$in" "$out/""#)
            for number in 0..<3 {
                if number > 0 { try await test.engine.updatePipeline("train") }
                _ = try await test.engine.put([(FilePath("/\(number)"), [1])], in: CommitReference("in@master"))
                _ = try await test.engine.run { _ in }
                _ = try await test.engine.fsck(publish: true, fix: false)
            }
            if isForced {
                try await test.engine.deleteRepo(specs, force: true)
                try await test.engine.updatePipeline("train")
                _ = try await test.engine.run { _ in }
                _ = try await test.engine.fsck(publish: true, fix: false)
            }
            let before = try await test.engine.listJobs(JobQuery())
            _ = try await test.rebuild {
                guard !isForced else { return }
                let first = try test.git(specs).run("rev-list", "--max-parents=0", "master")
                let entry = try #require(try test.packEntries(of: specs).first { $0.id == first })
                try entry.damage(in: test)
            }
            let after = try await test.engine.listJobs(JobQuery())
            func versions(_ jobs: [JobInfo]) -> [JobID: Int] {
                Dictionary(uniqueKeysWithValues: jobs.map { ($0.job.id, $0.pipelineVersion) })
            }
            #expect(versions(after) == versions(before))
            for job in after { _ = try await test.engine.inspectJob(job.job.pipeline.name, job.job.id, wait: false) }
            _ = try await test.engine.put([(FilePath("/9"), [1])], in: CommitReference("in@master"))
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            try await test.engine.updatePipeline("train")
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
        }
    }
}
