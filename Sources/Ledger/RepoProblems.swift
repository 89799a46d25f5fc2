internal import Foundation
public import Metadata
public import Model
internal import Synchronization

/// Why repos cannot be read, and of which repos notices are to tell; all by their keys.
final class RepoProblems: Sendable {
    private let unreadable = Mutex<[Int64: PachError]>([:])
    /// Whether notices tell of all repos, as those of a server do; otherwise of those that this process changed.
    private let tellsOfAll = Mutex(false)
    private let changed = Mutex<Set<Int64>>([])
    /// Whether the root was opened with something to publish, and nobody asked yet how that goes.
    let hasUntriedLeftovers = Mutex(false)

    /// Why repos could not be opened.
    var ofReading: [Int64: PachError] { unreadable.withLock { $0 } }

    /// Notes what `Ledger.problems` tells of a repo; nil where it can be read.
    func note(_ problem: PachError?, of row: RepoRow) {
        unreadable.withLock { $0[row.key] = problem }
    }

    /// Notes that this process changes the repo: who runs it wants to hear what becomes of that.
    func noteChange(of repo: RepoRow) {
        changed.withLock { _ = $0.insert(repo.key) }
    }

    func tellOfAll() {
        tellsOfAll.withLock { $0 = true }
    }

    /// Whether notices are to tell what becomes of the repo; nil stands for all of them.
    func tells(of repo: Int64?) -> Bool {
        guard let repo else { return true }
        return tellsOfAll.withLock { $0 } || changed.withLock { $0.contains(repo) }
    }
}

extension Ledger {
    /// Why repos cannot be read, or stock Git does not see all of them. What waited to be published as the root was opened is tried first: whoever
    /// left it may have been unable to.
    public func problems() async throws -> [RepoName: PachError] {
        if repoProblems.hasUntriedLeftovers.withLock({ $0 }) {
            do {
                _ = try await publishRepos()
            } catch let error as PachError {
                // What concerns all repos is no repo's problem.
                notices.report(error)
            }
            repoProblems.hasUntriedLeftovers.withLock { $0 = false }
        }
        return try await read { [self] database in
            let failures = publisher.failedRepos.merging(repoProblems.ofReading) { $1 }
            guard !failures.isEmpty else { return [:] }
            return Dictionary(uniqueKeysWithValues: try database.repos().compactMap { repo in failures[repo.key].map { (repo.name, $0) } })
        }
    }

    /// From now on notices tell of each repo that cannot be read or published, and begin with those that are known.
    public func tellOfAllProblems() async throws {
        repoProblems.tellOfAll()
        for (_, problem) in try await problems().sorted(by: { $0.key < $1.key }) { notices.report(problem) }
    }

    /// Why a repo cannot be read: which it is, and what helps.
    public func unreadable(_ row: RepoRow, _ error: PachError) -> PachError {
        guard !error.concernsAll, error.code != .stopped else { return error }
        let path = root.repoPath(row.name)
        guard FileManager.default.fileExists(atPath: path) else {
            return PachError(
                .corrupt, "repo \(row.name) cannot be read: its folder \(quoted(path)) is gone",
                hint: "Put the folder back where it was, restore a backup, or give the repo up with 'pach delete repo \(row.name)'.")
        }
        return error.code == .inaccessible
            ? PachError(
                .inaccessible, "repo \(row.name) cannot be read", cause: error.description,
                hint: "Let pach read what is named there, or remove it if it is not a part of the repo.")
            : PachError(
                .corrupt, "repo \(row.name) cannot be read", cause: error.description,
                hint: "'pach fsck --fix' writes anew what makes its folder a repository.")
    }
}

extension RepoRow {
    /// Why nothing of the repo is freed: a Git commit could not be read when the database was made anew.
    public func lostHistory(before git: ObjectID) -> PachError {
        PachError(
            .conflict, "repo \(name) is not collected",
            cause: "a rebuild could not read its Git commit \(git), and no name leads to what came before that",
            hint:
                "Put back what is missing, as from a backup, and run 'pach fsck --rebuild'. To give it up, copy what is left to another repo and delete this one."
        )
    }
}
