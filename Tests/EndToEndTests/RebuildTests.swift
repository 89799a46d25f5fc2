import Foundation
import Testing

@Suite("Bringing a data root back from its Git repos alone", .endToEnd, .timeLimit(.minutes(10)))
struct RebuildTests {
    let house: House

    init() throws {
        house = try House()
    }

    /// Everything that commands tell of a root, but what only the database knew.
    private func everything() async throws -> [String: String] {
        var told: [String: String] = [:]
        for repo in ["in", "other", "upper", "bad", "resting"] {
            told["commits of \(repo)"] = try await house.pach("list", "commit", repo, "--raw")
            told["branches of \(repo)"] = try await house.pach("list", "branch", repo, "--raw")
        }
        for pipeline in ["upper", "bad", "resting"] {
            told["jobs of \(pipeline)"] = try await house.pach("list", "job", "-p", pipeline, "--raw")
            told["pipeline \(pipeline)"] = try await house.pach("inspect", "pipeline", pipeline, "--raw")
            if let job = try await house.jobs(pipeline).first {
                told["datums of \(pipeline)"] = try await house.pach("list", "datum", job.name, "--raw")
            }
            told["logs of \(pipeline)"] = try await house.pach("logs", "-p", pipeline, "--master")
        }
        told["files"] = try await house.texts("upper").sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
        return told
    }

    private func remove(_ suffixes: String...) throws {
        for suffix in suffixes { try? FileManager.default.removeItem(atPath: "\(house.root)/.pach/metadata.sqlite\(suffix)") }
    }

    private func build() async throws {
        try await house.repo("in", ["a": "one", "b": "two"])
        try await house.repo("other")
        try house.write(noise(1_500_000, seed: 3), to: "big")
        try await house.pach("put", "file", "other@master:/big", "-f", "big")
        try await house.pach("create", "branch", "other@dev", "--head", "master")
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.pipeline("bad", reading: "upper", "exit 3", with: ["datum_tries": 1])
        try await house.pipeline("resting", "cp $in /pfs/out/")
        try await house.runJobs()
        try await house.pach("stop", "pipeline", "resting")
        try await house.put(["c": "three"], in: "in")
        try await house.runJobs()
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in) # again", update: true)
        try await house.runJobs()
        try await house.put(["a": "one more", "d": "four"], in: "in")
        try await house.runJobs()
        try await house.pach("fsck", "--publish")
    }

    @Test("the database gone: all that was published is back as it was, and work goes on where it was")
    func rebuild() async throws {
        try await build()
        let before = try await everything()
        try remove("", "-wal", "-shm")
        let refusal = try await house.attempt("list", "repo")
        #expect(refusal.code == 1 && refusal.error.contains("pach fsck"), "\(refusal.error)")
        let report = try await house.pach("fsck", "--rebuild")
        #expect(report.contains("lost: only the database knew"), "\(report)")
        let after = try await everything()
        for (key, value) in before { #expect(after[key] == value, "\(key)") }
        try await house.expectSound()
        // Nothing has to run; then only what is new has to.
        #expect(try await house.runJobs().error == "No job waits.\n")
        try await house.put(["e": "five"], in: "in")
        try await house.runJobs()
        #expect(try await house.lastJob("upper").progress == "1 + 4 / 5")
        try await house.expectSound()
    }

    @Test("what had not been worked off becomes a job for the inputs as they are, and what is not readable is listed")
    func losses() async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.runJobs()
        try await house.put(["b": "two"], in: "in")
        try await house.pach("fsck", "--publish")
        try remove("-wal", "-shm")
        try house.write(noise(100_000, seed: 5), to: "repos/.pach/metadata.sqlite")
        try house.write("not a ref\n", to: "repos/in.git/refs/heads/broken")
        let report = try await house.pach("fsck", "--rebuild")
        #expect(report.contains("the ref refs/heads/broken is damaged"), "\(report)")
        #expect(FileManager.default.fileExists(atPath: "\(house.root)/.pach/metadata.sqlite.old"))
        #expect(report.contains("pipeline upper: jobs that had not ended were lost"), "\(report)")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.texts("upper") == ["a": "ONE", "b": "TWO"])
        #expect(try await house.lastJob("upper").progress == "1 + 1 / 2")
    }

    @Test("what cannot be read just now is not given up: the rebuild ends, and the database stays")
    func failingDisk() async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pach("fsck", "--publish")
        let refs = "\(house.root)/in.git/packed-refs"
        let manager = FileManager.default
        if manager.fileExists(atPath: refs) { try manager.removeItem(atPath: refs) }
        // A link to itself, which no system reads.
        try manager.createSymbolicLink(atPath: refs, withDestinationPath: "packed-refs")
        let failed = try await house.outcome(["pach", "fsck", "--rebuild"])
        #expect(failed.code == 1 && failed.error.contains("packed-refs"), "\(failed)")
        try manager.removeItem(atPath: refs)
        #expect(try await house.texts("in") == ["a": "one"])
        #expect(!manager.fileExists(atPath: "\(house.root)/.pach/metadata.sqlite.old"))
    }

    /// What a crash or a hand can take from a pipeline.
    enum Gap: CaseIterable {
        case output, outputConfig, records, recordsHead, recordsAndOutput

        var paths: [String] {
            switch self {
            case .output: ["upper.git"]
            case .outputConfig: ["upper.git/config"]
            case .records: ["upper.meta.git"]
            case .recordsHead: ["upper.meta.git/HEAD"]
            case .recordsAndOutput: ["upper.meta.git", "upper.git"]
            }
        }
    }

    @Test("a pipeline of which a repo is gone is brought back whole, and makes again what was in it", arguments: Gap.allCases)
    func remadeRepos(_ gap: Gap) async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.pipeline("after", reading: "upper", "cp $upper /pfs/out/")
        try await house.runJobs()
        try await house.pach("fsck", "--publish")
        for path in gap.paths { try FileManager.default.removeItem(atPath: "\(house.root)/\(path)") }
        let report = try await house.pach("fsck", "--rebuild")
        let told =
            switch gap {
            case .outputConfig: "repo upper: the config was gone, and was written anew"
            case .recordsHead: "repo upper.meta: HEAD was damaged, and was written anew"
            case .output, .records, .recordsAndOutput: "pipeline upper: "
            }
        #expect(report.contains("2 pipelines") && report.contains(told), "\(report)")
        try await house.put(["b": "two"], in: "in")
        try await house.runJobs()
        for repo in ["upper", "after"] { #expect(try await house.texts(repo) == ["a": "ONE", "b": "TWO"], "\(repo)") }
        let job = try #require(try await house.jobs("upper").first)
        #expect(try await house.pach("list", "datum", job.name, "--raw").split(separator: "\n").count == 2)
        try await house.expectSound()
    }

    @Test("a pipeline whose spec is gone leaves plain repos, which say so, can be written, and make way for a new pipeline")
    func lostSpec() async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.runJobs()
        try await house.pach("fsck", "--publish")
        try FileManager.default.removeItem(atPath: "\(house.root)/upper.spec.git/objects")
        let report = try await house.pach("fsck", "--rebuild")
        #expect(report.contains("pipeline upper: no spec of it") && report.contains("'pach delete repo upper'"), "\(report)")
        try await house.put(["b": "two"], in: "in")
        #expect(try await house.pach("inspect", "repo", "upper", "--raw").contains("Output of pipeline upper"))
        try await house.pach("put", "file", "upper@master:/mine", input: "mine")
        #expect(try await house.texts("upper") == ["a": "ONE", "mine": "mine"])
        try await house.pach("fsck")
        try await house.pach("delete", "repo", "upper")
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.runJobs()
        #expect(try await house.texts("upper") == ["a": "ONE", "b": "TWO"])
        try await house.expectSound()
    }

    @Test(
        "a pipeline whose output repo was deleted by force does not stop writes to its inputs, is told by fsck, and remade by a rebuild or an update"
    )
    func deletedOutput() async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)")
        try await house.runJobs()
        try await house.pach("delete", "repo", "upper", "--force")
        try await house.put(["b": "two"], in: "in")
        let check = try await house.attempt("fsck", "--publish")
        #expect(check.code == 1 && check.output.contains("pipeline upper cannot run without it"), "\(check.output)")
        try await house.pach("fsck", "--rebuild")
        try await house.runJobs()
        #expect(try await house.texts("upper") == ["a": "ONE", "b": "TWO"])
        try await house.pach("delete", "repo", "upper", "--force")
        try await house.pipeline("upper", "tr a-z A-Z < $in > /pfs/out/$(basename $in)", update: true)
        try await house.runJobs()
        #expect(try await house.texts("upper") == ["a": "ONE", "b": "TWO"])
        try await house.expectSound()
    }

    @Test("where no repo can be read a rebuild ends, too, and leaves a root that can be worked with and is told of by fsck")
    func nothingReadable() async throws {
        try await house.repo("in", ["a": "one"])
        try await house.pach("fsck", "--publish")
        try FileManager.default.removeItem(atPath: "\(house.root)/in.git/objects")
        #expect(try await house.pach("fsck", "--rebuild").contains("repo in: its folder could not be read"))
        try await house.repo("other", ["b": "two"])
        let check = try await house.attempt("fsck")
        #expect(check.code == 1 && check.output.contains("the folder in.git cannot be read"), "\(check.output)")
    }
}
