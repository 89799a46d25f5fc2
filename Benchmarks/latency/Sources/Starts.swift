import Model
import Operations
import Synchronization

/// Commits a small file, and asks the pipeline's code what time it was when it began.
struct Starts: Sendable {
    /// In seconds.
    struct Times {
        var put: Double
        var fromCommit: Double
        var fromPut: Double
    }

    private let engine: any Operations
    private let input: Branch
    private let pipeline: PipelineName

    init(_ engine: any Operations) async throws {
        self.engine = engine
        input = Branch(repo: try RepoName("latency-input"))
        pipeline = try PipelineName("latency-start")
        try await engine.createRepo(input.repo, description: "a file that changes", update: false)
        // No shell: the program is the first thing that runs, and what it prints is in the log.
        let spec = """
            {"pipeline": {"name": "\(pipeline)"}, "input": {"pfs": {"repo": "\(input.repo)", "glob": "/*"}},
             "transform": {"cmd": ["date", "+%s%N"]}}
            """
        _ = try await engine.createPipeline(PipelineRequest(spec: spec, fileName: "latency"))
    }

    func measure(_ round: Int) async throws -> Times {
        let content = Once(FileUpload(path: try FilePath("/x"), sizeBytes: nil, content: ByteStream(Array("\(round)\n".utf8))))
        let sent = Timestamp.now
        let result = try await engine.putFiles(FileUploads { content.take() }, in: CommitReference(input), mode: .overwrite)
        let answered = Timestamp.now
        let id = result.commit.commit.id
        let job = try await engine.inspectJob(pipeline, id, wait: true)
        guard job.state == .success, let finished = result.commit.finished else {
            throw PachError(.conflict, "job \(pipeline)@\(id) ended as \(job.state.word)", cause: job.reason)
        }
        for try await line in engine.logs(LogQuery(pipeline: pipeline, job: id)) {
            guard let nanoseconds = Int64(line.message) else { continue }
            let began = Timestamp(microseconds: nanoseconds / 1000)
            return Times(
                put: answered.since(sent) / .seconds(1), fromCommit: began.since(finished) / .seconds(1),
                fromPut: began.since(sent) / .seconds(1))
        }
        throw PachError(.notFound, "job \(pipeline)@\(id) logged no time")
    }
}

/// A file that is handed out once.
private final class Once: Sendable {
    private let file: Mutex<FileUpload?>

    init(_ file: FileUpload) {
        self.file = Mutex(file)
    }

    func take() -> FileUpload? {
        file.withLock { file in
            defer { file = nil }
            return file
        }
    }
}
