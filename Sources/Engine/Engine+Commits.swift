internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Scheduling
internal import Workers

extension Engine {
    public func startCommit(_ branch: Branch, parent: CommitReference?, description: String) async throws -> CommitInfo {
        try await ledger.write { transaction in
            try transaction.database.info(of: transaction.startCommit(branch, parent: parent, description: description))
        }
    }

    public func finishCommit(_ commit: CommitReference, description: String?) async throws -> ChangeResult {
        try await ledger.write { transaction in
            let database = transaction.database
            var row = try database.resolve(commit)
            guard !row.isFinished else {
                throw PachError(.conflict, "commit \(row.link) has already finished")
            }
            if row.origin == .auto {
                throw PachError(
                    .conflict, "commit \(row.link) is the output of a job and cannot be finished by hand",
                    hint: row.error == nil
                        ? "Use 'pach stop job \(row.repo)@\(row.id)' instead."
                        : "Its job has ended; it is finished once those before it are: 'pach wait commit \(row.link)'.")
            }
            if let description {
                try database.setDescription(description, of: row)
                row = try database.commit(seq: row.seq)
            }
            let finished = try transaction.finish(row)
            try transaction.propagate(from: [finished.link.branch], id: finished.id)
            return ChangeResult(commit: try database.info(of: finished), pendingJobs: try database.countUnfinishedJobs())
        }
    }

    public func inspectCommit(_ commit: CommitReference, wait: Bool, withProvenance: Bool) async throws -> CommitInfo {
        // What a wait is for stays the same, wherever the branch moves meanwhile.
        let commit = try await ledger.read { try $0.resolve(commit).link }
        return try await ledger.events.wait {
            try await self.ledger.read { database in
                guard let row = try database.commit(commit.commit) else { throw PachError(.notFound, "commit \(commit) was deleted") }
                guard !wait || row.isFinished else { return nil }
                var info = try database.info(of: row)
                if withProvenance {
                    info.provenance = try database.wholeProvenance(of: row)
                    info.subvenance = try database.wholeSubvenance(of: row)
                }
                return info
            }
        } after: { event in
            switch event {
            case .commitFinished, .commitsRemoved, .repoRemoved: true
            default: false
            }
        }
    }

    public func squashCommitSet(_ id: CommitID) async throws {
        try await settle(await ledger.freeing { try await ledger.write { try $0.squash(id) } })
    }

    public func dropCommitSet(_ id: CommitID) async throws {
        try await settle(await ledger.freeing { try await ledger.write { try $0.drop(id) } })
    }

    /// Ends what went on for commits that are gone.
    func settle(_ removed: RemovedCommits) async throws {
        for job in removed.jobs {
            // A job whose row is gone names nothing when it ends.
            if job.finished == nil { _ = await scheduler.stop(job.pipeline, job.seq, reason: "its commit was deleted") }
            logs.delete(job.link)
        }
    }

    public func listCommits(_ query: CommitQuery) async throws -> [CommitInfo] {
        try await ledger.read { database in
            let repo = try database.existingRepo(query.repo)
            let rows: [CommitRow]
            if query.to == nil, query.from == nil {
                rows = try database.commits(in: repo, limit: query.number, origin: query.origin)
            } else {
                let start = try database.resolve(query.to ?? CommitReference(Branch(repo: query.repo)))
                let stop = try query.from.map { try database.resolve($0, in: query.repo) }
                if let stop, try !database.isAncestor(stop, of: start) {
                    throw PachError(
                        .invalidArgument, "commit \(stop.link) is neither \(start.link) nor an ancestor of it",
                        hint: "Begin at a commit that comes after it, as in 'pach list commit \(query.repo)@BRANCH --from …'.")
                }
                let line = try database.ancestors(of: start, limit: query.origin == nil ? query.number : nil, stoppingAt: stop?.seq)
                rows = Array(line.filter { query.origin == nil || $0.origin == query.origin }.prefix(query.number ?? .max))
            }
            return try rows.map { try database.info(of: $0) }
        }
    }

    public func listCommitSets(number: Int?) async throws -> [CommitSetInfo] {
        try await ledger.read { database in
            try database.commitSetIDs(limit: number).map { id in
                CommitSetInfo(id: id, commits: try database.commitSet(id).map { try database.info(of: $0) })
            }
        }
    }

    public func inspectCommitSet(_ id: CommitID, wait: Bool) async throws -> CommitSetInfo {
        try await ledger.events.wait {
            let commits = try await self.ledger.read { database in
                try database.commitSet(id).map { try database.info(of: $0) }
            }
            guard !commits.isEmpty else { throw PachError(.notFound, "commit set \(id) not found") }
            return !wait || commits.allSatisfy { $0.finished != nil } ? CommitSetInfo(id: id, commits: commits) : nil
        } after: { event in
            switch event {
            case .commitFinished(let link): link.id == id
            case .commitsRemoved, .repoRemoved: true
            default: false
            }
        }
    }

    public func subscribeCommits(_ branch: Branch, from start: SubscriptionStart) -> AsyncThrowingStream<CommitInfo, any Error> {
        let cursor = CommitCursor(branch, from: start, ledger: ledger)
        return AsyncThrowingStream(unfolding: cursor.next)
    }
}

extension Database {
    /// The commit that `reference` points at.
    /// - Throws: `notFound`; `invalidArgument` also where it is of another repo.
    fileprivate func resolve(_ reference: CommitReference, in repo: RepoName) throws -> CommitRow {
        guard reference.repo == repo else {
            throw PachError(
                .invalidArgument, "commit \(reference) is of another repo than \(repo)",
                hint: "'pach list commit \(repo)' shows what there is.")
        }
        return try resolve(reference)
    }

    /// The commit that a subscription begins after; nil where it begins with the branch's first.
    func lastCommit(before start: SubscriptionStart, on branch: Branch) throws -> CommitRow? {
        switch start {
        case .first: nil
        case .after(let commit): try resolve(commit, in: branch.repo)
        // Not the head where that is open: it is the next to be finished.
        case .next: try nearestFinished(from: head(of: branch))
        }
    }

    func info(of commit: CommitRow) throws -> CommitInfo {
        let provenance = try provenance(of: commit)
        let state: CommitState =
            commit.isFinished ? .finished : provenance.allSatisfy(\.commit.isFinished) && !provenance.isEmpty ? .ready : .started
        return CommitInfo(
            commit, state: state, parent: try commit.parent.map { try self.commit(seq: $0).link },
            provenance: provenance.map { CommitLink(branch: Branch(repo: $0.commit.repo, name: $0.branch), id: $0.commit.id) })
    }
}

extension CommitInfo {
    init(_ row: CommitRow, state: CommitState, parent: CommitLink?, provenance: [CommitLink]) {
        self.init(
            commit: row.link, origin: row.origin, state: state, description: row.description, parentCommit: parent, started: row.started,
            finished: row.finished, error: row.error, directProvenance: provenance, sizeBytes: row.size, gitCommit: row.git, tree: row.tree)
    }
}
