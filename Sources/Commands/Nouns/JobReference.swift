import Model

/// A job as a command line names it: `pipeline@id`.
struct JobReference {
    var pipeline: PipelineName
    var id: JobID

    init(_ text: String) throws {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw PachError(.invalidArgument, "\(quoted(text)) does not name a job", hint: "Write pipeline@job-id.")
        }
        pipeline = try PipelineName(String(parts[0]))
        id = try JobID(parsing: String(parts[1]))
    }
}
