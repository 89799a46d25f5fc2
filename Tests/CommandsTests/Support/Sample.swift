import Model
import TestSupport

/// Values for tests; the time is noon, and things were made a while before.
enum Sample {
    static let noon = Timestamp(microseconds: 1_795_262_400_000_000)
    static let id = sure { try CommitID(parsing: "1035715e796f45caae7a1d3ffd1f93ca") }
    static let otherID = sure { try CommitID(parsing: "80e2d3d75aa74a4ba054e9025d93486b") }
    static let object = sure { try ObjectID(parsing: "4b825dc642cb6eb9a060e54bf8d69288fbee4904") }
    static let digest = sure { try Digest(parsing: String(repeating: "8e3a", count: 16)) }

    static func before(minutes: Int64 = 0, seconds: Int64 = 0) -> Timestamp {
        Timestamp(microseconds: noon.microseconds - (minutes * 60 + seconds) * 1_000_000)
    }

    static func after(seconds: Int64) -> Timestamp { before(seconds: -seconds) }

    static func repoName(_ text: String) -> RepoName { sure { try RepoName(text) } }
    static func pipelineName(_ text: String) -> PipelineName { sure { try PipelineName(text) } }
    static func branch(_ text: String) -> Branch { sure { try Branch(text) } }
    static func path(_ text: String) -> FilePath { sure { try FilePath(text) } }

    static func repo(_ name: String, minutes: Int64 = 26, size: Int64 = 0, description: String = "") -> RepoInfo {
        RepoInfo(
            repo: repoName(name), created: before(minutes: minutes), description: description, branches: [branch("\(name)@master")],
            details: .init(sizeBytes: size))
    }

    static func commit(
        _ branch: String = "images@master", id: CommitID = id, state: CommitState = .finished, origin: CommitOrigin = .user,
        size: Int64 = 58_644, description: String = "", error: String? = nil
    ) -> CommitInfo {
        CommitInfo(
            commit: CommitLink(branch: Sample.branch(branch), id: id), origin: origin, state: state, description: description,
            parentCommit: nil, started: before(minutes: 10), finished: state == .finished ? before(minutes: 9) : nil, error: error,
            directProvenance: [], sizeBytes: size, gitCommit: state == .finished ? object : nil, tree: object)
    }

    static func file(_ path: String, _ type: FileKind = .file, size: Int64 = 5) -> FileInfo {
        FileInfo(
            file: .init(commit: CommitLink(branch: branch("images@master"), id: id), path: Sample.path(path)), fileType: type,
            committed: before(minutes: 9), sizeBytes: size, hash: object)
    }

    static func pipeline(_ name: String = "edges", state: PipelineState = .running, lastJob: JobState? = .success) -> PipelineInfo {
        let input = PipelineInput.cross([
            .pfs(PFSInput(repo: repoName("images"), glob: "/*")), .pfs(PFSInput(repo: repoName("weights"), glob: "/")),
        ])
        let spec = PipelineSpec(
            name: pipelineName(name), description: "Finds edges.", transform: Transform(cmd: ["python3", "edges.py"]), input: input)
        return PipelineInfo(
            pipeline: pipelineName(name), version: 2, specCommit: nil, stopped: false, state: state, reason: "", lastJobState: lastJob,
            spec: spec, userSpec: "{}", details: .init(createdAt: before(minutes: 3), description: "Finds edges.", note: nil, salt: "s"))
    }

    static func logLine(_ pipeline: String, _ message: String = "a/b") -> LogMessage {
        LogMessage(
            pipelineName: pipelineName(pipeline), jobID: id, datumID: nil, workerID: nil, source: .stdout, time: noon, message: message)
    }

    static func job(
        _ pipeline: String = "edges", state: JobState = .success, reason: String = "", skipped: Int = 0, recovered: Int = 0,
        isStarted: Bool = true
    ) -> JobInfo {
        var counts = DatumCounts()
        counts.total = 3
        counts.processed = 1
        counts.skipped = skipped
        counts.recovered = recovered
        var stats = ProcessStatistics()
        stats.downloadBytes = 58_644
        stats.uploadBytes = 22_753
        stats.processSeconds = 2.5
        return JobInfo(
            job: JobLink(pipeline: pipelineName(pipeline), id: id), pipelineVersion: 2,
            outputCommit: CommitLink(branch: branch("\(pipeline)@master"), id: id), counts: counts, stats: stats, state: state,
            reason: reason, created: before(minutes: 2), started: isStarted ? before(seconds: 90) : nil,
            finished: state.isTerminal ? before(seconds: 88) : nil,
            details: .init(
                transform: Transform(cmd: ["python3", "edges.py"]), input: .pfs(PFSInput(repo: repoName("images"), glob: "/*")),
                planningSeconds: nil))
    }

    static func datum(_ state: DatumState = .success, reason: String = "") -> DatumInfo {
        var stats = ProcessStatistics()
        stats.processSeconds = 2.5
        return DatumInfo(
            datum: .init(job: JobLink(pipeline: pipelineName("edges"), id: id), id: digest), state: state, hash: digest, stats: stats,
            data: [file("/liberty.png")], tries: 1, reason: reason, processedBy: state == .skipped ? otherID : nil)
    }
}
