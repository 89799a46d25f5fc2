import Model
import Operations

/// An engine of which only some calls are expected; the others fail.
protocol PartialOperations: Operations {}

private func unexpected(_ call: String = #function) -> PachError {
    PachError(.notSupported, "the test does not expect \(call)")
}

extension PartialOperations {
    func inspectRepo(_ repo: RepoName) async throws -> RepoInfo { throw unexpected() }
    func listRepos(kinds: Set<RepoName.Kind>) async throws -> [RepoInfo] { throw unexpected() }
    func deleteRepo(_ repo: RepoName, force: Bool) async throws { throw unexpected() }
    func createBranch(_ branch: Branch, head: CommitReference?, ifHead: HeadCondition?) async throws -> BranchInfo { throw unexpected() }
    func inspectBranch(_ branch: Branch) async throws -> BranchInfo { throw unexpected() }
    func listBranches(_ repo: RepoName) async throws -> [BranchInfo] { throw unexpected() }
    func deleteBranch(_ branch: Branch, force: Bool) async throws { throw unexpected() }
    func listCommitSets(number: Int?) async throws -> [CommitSetInfo] { throw unexpected() }
    func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo { throw unexpected() }
    func squashCommitSet(_ id: CommitID) async throws { throw unexpected() }
    func dropCommitSet(_ id: CommitID) async throws { throw unexpected() }
    func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error> {
        AsyncThrowingStream { throw unexpected() }
    }
    func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult {
        throw unexpected()
    }
    func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> { AsyncThrowingStream { throw unexpected() } }
    func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo] { throw unexpected() }
    func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference] { throw unexpected() }
    func createPipeline(_ request: PipelineRequest) async throws -> PipelineInfo { throw unexpected() }
    func listPipelines() async throws -> [PipelineInfo] { throw unexpected() }
    func deletePipeline(_ pipeline: PipelineName, keepRepo: Bool, force: Bool) async throws { throw unexpected() }
    func startPipeline(_ pipeline: PipelineName) async throws { throw unexpected() }
    func rerunPipeline(_ pipeline: PipelineName, reprocess: Bool) async throws { throw unexpected() }
    func stopPipeline(_ pipeline: PipelineName) async throws { throw unexpected() }
    func listJobs(_ query: JobQuery) async throws -> [JobInfo] { throw unexpected() }
    func listJobSets(number: Int?) async throws -> [JobSetInfo] { throw unexpected() }
    func inspectJob(_ pipeline: PipelineName, _ id: JobID, wait: Bool) async throws -> JobInfo { throw unexpected() }
    func inspectJobSet(_ id: JobID, wait: Bool) async throws -> JobSetInfo { throw unexpected() }
    func stopJob(_ pipeline: PipelineName, _ id: JobID) async throws { throw unexpected() }
    func deleteJob(_ pipeline: PipelineName, _ id: JobID) async throws { throw unexpected() }
    func listDatums(_ pipeline: PipelineName, _ id: JobID) async throws -> [DatumInfo] { throw unexpected() }
    func inspectDatum(_ pipeline: PipelineName, _ id: JobID, datum: Digest) async throws -> DatumInfo { throw unexpected() }
    func logs(_ query: LogQuery) -> AsyncThrowingStream<LogMessage, any Error> { AsyncThrowingStream { throw unexpected() } }
    func run(report: @escaping @Sendable (JobInfo) -> Void) async throws -> [JobInfo] { throw unexpected() }
    func fsck(publish: Bool, fix: Bool) async throws -> FsckReport { throw unexpected() }
    func collectGarbage(dryRun: Bool) async throws -> GarbageReport { throw unexpected() }
    func whyObject(_ id: ObjectID, number: Int) async throws -> [ObjectUse] { throw unexpected() }
    func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport { throw unexpected() }
    func close() async throws {}
}
