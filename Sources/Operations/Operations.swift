public import Model

/// Everything that a client may ask of an engine, be it in the same process or behind a server.
///
/// All calls throw `PachError`. A call that changes something returns once the change is durable (invariant 3).
public protocol Operations: Sendable {
    // MARK: Repos

    /// - Throws: `alreadyExists` unless `update`, which changes what the settings say.
    func createRepo(_ repo: RepoName, settings: RepoSettings, update: Bool) async throws
    func inspectRepo(_ repo: RepoName) async throws -> RepoInfo
    /// Newest first.
    func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo]
    /// - Throws: `conflict` where a pipeline reads or writes it, unless `force`.
    func deleteRepo(_ repo: RepoName, force: Bool) async throws

    // MARK: Branches

    /// Creates a branch, or moves one to `head`, which makes the jobs that follow from it.
    /// - Parameter ifHead: what the branch's head must be until then; nil for anything.
    /// - Throws: `preconditionFailed` where it is not.
    func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo
    func inspectBranch(_ branch: Branch) async throws -> BranchInfo
    func listBranches(_ repo: RepoName) async throws -> [BranchInfo]
    func deleteBranch(_ branch: Branch, force: Bool) async throws

    // MARK: Commits

    func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo
    func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult
    /// - Parameters:
    ///   - wait: return only once the commit is finished.
    ///   - withProvenance: also tell what it is made from and what is made from it, by any number of steps.
    func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo
    func listCommits(_ query: CommitQuery) async throws -> [CommitInfo]
    /// Newest first, at most `number`.
    func listCommitSets(number: Int?) async throws -> [CommitSetInfo]
    func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo
    /// Removes a commit set, and keeps what it changed in its commits' children.
    /// - Throws: `conflict` where a commit has no child, updated a pipeline, or another set is made from it.
    func squashCommitSet(_ id: CommitID) async throws
    /// Removes a commit set with what it changed, stops its jobs, and moves heads back to the parents.
    /// - Throws: `conflict` where a commit has children, updated a pipeline, or another set is made from it.
    func dropCommitSet(_ id: CommitID) async throws
    /// Commits of the branch as they finish, each once.
    func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error>

    // MARK: Files

    /// Stores files in one commit, all or none: in the open commit that is named or that the branch has, else in a commit of their own.
    /// - Parameters:
    ///   - present: files that belong to the put and need not be sent; nil for none.
    ///   - ifHead: what the branch's head must be until then; nil for anything.
    /// - Throws: `preconditionFailed` where it is not, or the commit no longer has the tree that `present` names.
    func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult
    /// - Throws: `invalidArgument` for a folder without `recursive`.
    func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult
    /// Copies by reference.
    func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult
    /// - Parameter range: bytes of the file; nil for all. A range that begins behind the end is an error.
    func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload
    func inspectFile(_ file: FileReference) async throws -> FileInfo
    /// The entries of a folder, or the file itself, by name.
    func listFiles(_ file: FileReference) async throws -> [FileInfo]
    /// The names and ids of what stands in a folder.
    /// - Throws: `invalidArgument` for a file.
    func listFolder(_ folder: FileReference) async throws -> FolderListing
    /// All files below, in order of path, pulled as they are consumed.
    func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error>
    /// All files below with what is in them, in order of path, pulled as they are consumed: some at a time, as is convenient.
    func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error>
    /// Files and folders that match, in order of path.
    func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo]
    /// - Parameters:
    ///   - old: nil for the parent of the new commit.
    ///   - shallow: do not descend into folders.
    func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference]

    // MARK: Pipelines

    func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo
    func inspectPipeline(_ pipeline: PipelineName) async throws -> PipelineInfo
    /// Newest first.
    func listPipelines() async throws -> [PipelineInfo]
    func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws
    func startPipeline(_ pipeline: PipelineName) async throws
    func stopPipeline(_ pipeline: PipelineName) async throws
    /// Makes one job for the heads as they are now, which skips the datums that succeeded before.
    /// - Parameter reprocess: process those again, too: a new version, which ends the jobs of the one before.
    /// - Throws: `conflict` where the pipeline is stopped, or lacks a repo or its output branch.
    func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws

    // MARK: Jobs

    /// - Throws: `notFound` where there is no such pipeline, or no job set with that id.
    func listJobs(_ query: JobQuery) async throws -> [JobInfo]
    /// Newest first, at most `number`.
    func listJobSets(number: Int?) async throws -> [JobSetInfo]
    /// - Parameter wait: return only once the job has ended.
    func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo
    /// All jobs with the id.
    func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo
    func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws
    func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws
    func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo]
    func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo
    func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error>

    // MARK: The whole

    /// Runs all jobs that wait, and those that follow from them; returns those that ended.
    /// - Parameter report: called as each job ends.
    func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo]
    /// Checks the whole data root.
    /// - Parameters:
    ///   - publish: move landed objects to packs and refs first.
    ///   - fix: repair what can be repaired, first; outputs that are hit are made again by jobs that then wait.
    func fsck(publish: Bool, fix: Bool) async throws -> FsckReport
    /// Frees what nothing needs any more, while reading and writing go on.
    /// - Parameter dryRun: change nothing, and tell what would be.
    func collectGarbage(dryRun: Bool) async throws -> GarbageReport
    /// Copies the whole data root, as it is at one moment, to a folder of the machine that has it; what is there already is not copied again.
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - links: let packs be the same files in both where they are on one file system.
    ///   - verifiesAll: read again what was there already, too.
    /// - Throws: `conflict` where the folder holds something else; `corrupt`.
    func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport
    /// What keeps an object, in each repo that has it.
    /// - Parameter number: tell at most so many commits of each repo.
    /// - Throws: `notFound` where no repo has it.
    func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse]
    func version() async throws -> VersionInfo
    /// Ends the use of the engine or connection.
    func close() async throws
}

extension Operations {
    public func createRepo(_ repo: RepoName, description: String, update: Bool) async throws {
        try await createRepo(repo, settings: RepoSettings(description: description), update: update)
    }

    public func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles? = nil
    ) async throws -> ChangeResult {
        try await putFiles(files, in: commit, mode: mode, present: present, ifHead: nil)
    }

    public func createBranch(_ branch: Branch, head: CommitReference?) async throws -> BranchInfo {
        try await createBranch(branch, head: head, ifHead: nil)
    }

    public func inspectCommit(_ commit: CommitReference, wait: Bool) async throws -> CommitInfo {
        try await inspectCommit(commit, wait: wait, withProvenance: false)
    }
}
