public import Model
public import Storage

/// What is known of a datum since it was last processed: how it ended, what it cost, what it read and what it wrote.
///
/// A pipeline's `.meta` repo has one such file per datum, so that a job writes the records of the datums it processed and no
/// others. By its listing of outputs, those of a datum that is gone or runs anew are found without opening a single object.
public struct DatumRecord: Hashable, Sendable {
    public var id: Digest
    public var hash: Digest
    /// `success`, `failed` or `recovered`.
    public var state: DatumState
    /// The job that processed it.
    public var job: JobID
    /// Attempts made in that job.
    public var tries: Int
    /// Why it failed; empty otherwise.
    public var reason: String
    public var stats: ProcessStatistics
    public var inputs: [DatumInput]
    /// The files that it wrote, in the order of their paths; none unless it ended well.
    public let outputs: [DatumOutput]

    /// - Parameter outputs: In any order, each path once.
    public init(
        _ datum: Datum, hash: Digest, state: DatumState, job: JobID, tries: Int, reason: String = "", stats: ProcessStatistics,
        outputs: [DatumOutput]
    ) {
        id = datum.id
        self.hash = hash
        self.state = state
        self.job = job
        self.tries = tries
        self.reason = reason
        self.stats = stats
        inputs = datum.inputs
        self.outputs = outputs.sorted { $0.path < $1.path }
    }

    public var datum: Datum { Datum(inputs, knownID: id) }

    /// Where in the `.meta` repo the record of a datum stands: `/ab/cd/abcd…`.
    public static func path(of id: Digest) -> FilePath {
        FilePath(id.fannedOut)
    }
}

/// A file that a datum wrote.
public struct DatumOutput: Hashable, Sendable {
    public var path: FilePath
    public var file: StoredFile

    public init(path: FilePath, file: StoredFile) {
        self.path = path
        self.file = file
    }
}
