import Model
import Operations
import TestSupport

/// The things that the fake engine has.
enum Sample {
    static let id = sure { try CommitID(parsing: "0123456789ab4def8123456789abcdef") }
    static let digest = sure { try Digest(parsing: String(repeating: "5a", count: 32)) }
    static let object = sure { try ObjectID(parsing: String(repeating: "c3", count: 20)) }
    static let repoName = sure { try RepoName("ratings") }
    static let pipelineName = sure { try PipelineName("train") }
    static let time = Timestamp(microseconds: 1_700_000_000_123_456)
    static let master = Branch(repo: repoName)
    static let link = CommitLink(branch: master, id: id)

    static let repo = RepoInfo(
        repo: repoName, created: time, description: "of films", branches: [master], details: .init(sizeBytes: 1 << 40))

    static let garbage = GarbageReport(
        dryRun: true,
        repos: [.init(repo: repoName, objectsKept: 1, objectsRemoved: 2, bytesFreed: 3, packsBefore: 4, packsAfter: 5, problem: "p")],
        expired: [link])

    static let backup = BackupReport(repos: 1, packsCopied: 2, packsPresent: 3, bytesCopied: 1 << 40)

    static let use = ObjectUse(
        repo: repoName, kind: "blob", sizeBytes: 3,
        keepers: [
            .init(commit: link, refs: ["refs/heads/master"], path: sure { try FilePath("/größe/b c") }),
            .init(commit: nil, refs: [], path: nil),
        ], keeperCount: 7)

    static func branch(head: CommitID?) -> BranchInfo {
        BranchInfo(
            branch: master, head: head.map { CommitLink(branch: master, id: $0) }, provenance: [], directProvenance: [],
            subvenance: [Branch(repo: pipelineName.repo())])
    }

    static let commit = CommitInfo(
        commit: link, origin: .user, state: .finished, description: "größe\n\"quoted\"", parentCommit: nil, started: time, finished: time,
        error: nil, directProvenance: [link], sizeBytes: 3, gitCommit: object, tree: object)
    static let commitSet = CommitSetInfo(id: id, commits: [commit])
    static let change = ChangeResult(commit: commit, pendingJobs: 2)

    static func file(_ path: FilePath, size: Int64, hash: ObjectID = object) -> FileInfo {
        FileInfo(file: .init(commit: link, path: path), fileType: .file, committed: time, sizeBytes: size, hash: hash)
    }

    static let listing = sure {
        FolderListing(
            tree: object, hash: object,
            entries: [
                .init(name: try FileName("größe"), fileType: .folder, hash: object),
                .init(name: try FileName("a \"b\""), fileType: .file, hash: object),
            ])
    }

    static func manyFiles(_ count: Int) -> [FileInfo] {
        (0..<count).map { number in file(sure { try FilePath("/folder \(number)/ü") }, size: Int64(number)) }
    }

    static let transform = Transform(cmd: ["python3", "train.py"], stdin: ["x"])
    static let input = PipelineInput.pfs(PFSInput(repo: repoName, glob: "/*"))
    static let pipeline = PipelineInfo(
        pipeline: pipelineName, version: 3, specCommit: link, stopped: false, state: .running, reason: "", lastJobState: .success,
        spec: PipelineSpec(name: pipelineName, transform: transform, input: input), userSpec: "{}",
        details: .init(createdAt: time, description: "", note: "bubblewrap", salt: "s"))

    static let job: JobInfo = {
        var counts = DatumCounts()
        counts.total = 5
        counts.failed = 1
        var stats = ProcessStatistics()
        stats.processSeconds = 1.5
        return JobInfo(
            job: JobLink(pipeline: pipelineName, id: id), pipelineVersion: 3, outputCommit: link, counts: counts, stats: stats,
            state: .failure, reason: "datum failed", created: time, started: time, finished: time,
            details: .init(transform: transform, input: input, planningSeconds: 0.25))
    }()
    static let jobSet = JobSetInfo(id: id, jobs: [job])

    static let datum = DatumInfo(
        datum: .init(job: job.job, id: digest), state: .failed, hash: digest, stats: job.stats, data: manyFiles(1), tries: 3,
        reason: "exit code 1", processedBy: id)

    static let log: [LogMessage] = ["line one", "zwei: \u{1F600}", ""].map {
        LogMessage(pipelineName: pipelineName, jobID: id, datumID: digest, workerID: "w1", source: .stderr, time: time, message: $0)
    }

    static let report = FsckReport(
        reposChecked: 1, commitsChecked: 2, objectsChecked: 3,
        findings: [.damage(in: repoName, "a pack is short")])
}
