import Datums
import Foundation
import Glibc
import Model
import Storage

@testable import Workers

/// Workers of one pipeline, with a store in memory; what a job does to them is done here.
struct BatchFixture {
    private let base: String
    let root: String
    let pool: WorkerPool
    let logs: JobLogs
    let store = InMemoryStore()
    private let pipeline: PipelineName
    private let repo: RepoName

    /// What user code calls `pach next datum` by.
    static let next = "SupervisorFixture next"

    init(
        _ choice: SandboxChoice, bubblewrapPlaces: [String] = SandboxSupport.places, folder: String = "",
        countMax: Int = WorkerPool.workerCountMax, notices: Notices = .none
    ) throws {
        base = SandboxFixture.newFolder()
        root = base + "/root" + folder
        for path in ["\(root)/scratch", "\(root)/logs"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        pool = WorkerPool(
            root: root, scratch: root + "/scratch", executable: SandboxFixture.supervisor, choice: choice,
            bubblewrapPlaces: bubblewrapPlaces, countMax: countMax, notices: notices)
        logs = JobLogs(folder: root + "/logs")
        pipeline = try PipelineName("double")
        repo = try RepoName("in")
    }

    /// Lets `body` use it, and leaves nothing behind.
    func use(_ body: (BatchFixture) async throws -> Void) async throws {
        do {
            try await body(self)
        } catch {
            await remove()
            throw error
        }
        await remove()
    }

    private func remove() async {
        await pool.close()
        try? FileManager.default.removeItem(atPath: base)
    }

    /// What became of a job's datums, and what it logged.
    struct Outcome {
        var results: [DatumResult]
        var files: [[String: String]]
        var log: [LogMessage]
        var ids: [Digest]

        var states: [DatumState] { results.map(\.state) }
        /// The contents of one output of each datum.
        func contents(_ path: String) -> [String?] { files.map { $0[path] } }
        /// What was printed for a datum; for none, with nil.
        func lines(of datum: Int?) -> [String] {
            log.filter { $0.user && $0.datumID == datum.map { ids[$0] } }.map(\.message)
        }
    }

    /// Runs a job with one worker.
    /// - Parameter datums: the contents of the file of each datum: `/pfs/in/file-<number>`.
    func job(
        _ datums: [String], _ script: String, tries: Int = 2, timeout: Duration? = nil, version: Int = 1, env: [String: String] = [:],
        batching: Bool = true
    ) async throws -> Outcome {
        let worker = try await pool.lease(setup(version, batching: batching))
        do {
            let outcome = try await job(datums, script, tries: tries, timeout: timeout, env: env, on: worker)
            await pool.release(worker)
            return outcome
        } catch {
            await pool.release(worker)
            throw error
        }
    }

    /// What user code sees as `/tmp`.
    func temporary(of worker: Worker) -> String { "\(root)/scratch/worker-\(worker.slot)/tmp" }

    /// What it sees as `/pfs/out`.
    func output(of worker: Worker) -> String { "\(root)/scratch/worker-\(worker.slot)/pfs/out" }

    /// What it sees as `/pfs/in`.
    func input(of worker: Worker) -> String { "\(root)/scratch/worker-\(worker.slot)/pfs/in" }

    func setup(_ version: Int, of other: PipelineName? = nil, batching: Bool = true) -> WorkerSetup {
        WorkerSetup(
            pipeline: other ?? pipeline, version: version, inputs: ["in"], code: nil, codeIdentity: "", network: true, batching: batching)
    }

    func newJob() -> JobLink { JobLink(pipeline: pipeline, id: .random()) }

    /// The file `/pfs/in/file-<number>`.
    func input(_ number: Int, _ content: String) throws -> DatumInput {
        let stored = try FileIngest.store(Array(content.utf8), to: store)
        return DatumInput(
            name: "in", repo: repo, branch: .master, path: try FilePath("/file-\(number)"), content: stored.id, kind: stored.node.kind)
    }

    func task(
        _ inputs: [DatumInput], _ script: String, of job: JobLink, tries: Int = 2, timeout: Duration? = nil, env: [String: String] = [:]
    ) -> DatumTask {
        let spec = PipelineSpec(
            name: pipeline, transform: Transform(cmd: ["sh", "-c", script], env: env, datumBatching: true),
            input: .pfs(PFSInput(repo: repo, glob: "/*")),
            datumTimeout: timeout.map { SpecDuration(nanoseconds: Int64($0 / .nanoseconds(1))) }, datumTries: tries)
        return DatumTask(
            datum: Datum(inputs), job: job, spec: spec, inputCommits: ["in": .random()], specCommit: .random(), previous: nil)
    }

    private func job(
        _ contents: [String], _ script: String, tries: Int, timeout: Duration?, env: [String: String], on worker: Worker
    ) async throws -> Outcome {
        let link = newJob()
        let log = try logs.open(link)
        defer { logs.close(log) }
        var outcome = Outcome(results: [], files: [], log: [], ids: [])
        for (number, content) in contents.enumerated() {
            let task = task([try input(number, content)], script, of: link, tries: tries, timeout: timeout, env: env)
            let result = try await worker.process(task, readers: { [store] _ in store }, writer: store, log: log)
            outcome.ids.append(task.datum.id)
            outcome.results.append(result)
            outcome.files.append(
                try Dictionary(
                    uniqueKeysWithValues: result.outputs.map {
                        ($0.path.relativeDescription, String(decoding: try FileReader(store).bytes($0.file), as: UTF8.self))
                    }))
        }
        let messages = logs.read(link, LogQueryFilter(master: true), follow: false)
        while let message = try await messages.next() { outcome.log.append(message) }
        return outcome
    }
}

extension WorkerPool {
    /// A worker for whoever has something to do for it in any case.
    func lease(_ setup: WorkerSetup) async throws -> Worker {
        guard let worker = try await lease(setup, while: { true }) else {
            throw PachError(.conflict, "who has something to do got no worker")
        }
        return worker
    }
}
