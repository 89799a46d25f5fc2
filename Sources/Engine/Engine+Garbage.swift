internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
public import Operations
internal import Provenance
internal import Scheduling
internal import Workers

extension Engine {
    /// How long `collectGarbage` waits for uploads and jobs that were under way on a repo.
    static let collectionPatience = Duration.seconds(10)

    public func collectGarbage(dryRun: Bool) async throws -> GarbageReport {
        try await collectGarbage(CollectionOptions(dryRun: dryRun, deadShareMin: 0, patience: Self.collectionPatience, repairs: true))
    }

    func collectGarbage(_ options: CollectionOptions) async throws -> GarbageReport {
        var report = GarbageReport(dryRun: options.dryRun, repos: [], expired: [])
        report.expired = try await expire(dryRun: options.dryRun)
        var failures: [Int64: PachError] = [:]
        if !options.dryRun {
            do {
                // What cannot be published is safe where it is.
                failures = try await ledger.publishRepos()
            } catch let error as PachError where error.code == .outOfSpace {
                // There will be room for packs soon.
            }
        }
        for repo in try await ledger.read({ try $0.repos() }).sorted(by: { $0.name < $1.name }) {
            try Task.checkCancellation()
            var collected = try await collect(repo, options)
            collected.problem = collected.problem ?? failures[repo.key]?.description
            report.repos.append(collected)
        }
        return report
    }

    /// Removes commits whose time is over; those of outputs before those that they were made from.
    private func expire(dryRun: Bool) async throws -> [CommitLink] {
        var expired: [CommitLink] = []
        for repo in try await ledger.read({ try $0.reposFromDownstream() }) where repo.retention != .all {
            var rest = try await ledger.read { try $0.expiredCommits(of: repo, at: .now) }[...]
            if dryRun {
                expired += rest.joined().map(\.link)
                continue
            }
            while !rest.isEmpty {
                try Task.checkCancellation()
                var count = 0
                let more = rest.prefix { group in
                    count += group.count
                    return count <= LedgerTransaction.expiryCountMax
                }
                // A group goes as a whole, however large.
                let next = Array(more.isEmpty ? rest.prefix(1) : more)
                rest = rest.dropFirst(next.count)
                let removed = try await ledger.freeing { try await ledger.write { try $0.expire(next, of: repo) } }
                expired += removed.commits
                try await settle(removed)
            }
        }
        return expired
    }

    func collect(_ repo: RepoRow, _ options: CollectionOptions) async throws -> GarbageReport.Repo {
        var collected: CollectedRepo
        do {
            collected = try await ledger.freeing {
                let collected = try await ledger.collect(repo, options)
                // Packs that are in part of use are written anew, which takes room.
                if let stop = collected.stop, stop.code == .outOfSpace, collected.bytesFreed == 0 { throw stop }
                return collected
            }
            // What is left of small packs is joined; there may be too little space for that now.
            if !options.dryRun { try await ledger.mergePacks(of: repo) }
        } catch let error as PachError {
            // A repo that was deleted meanwhile is as clean as can be; with damage in one the others are collected all the same.
            try Task.checkCancellation()
            collected = CollectedRepo(repo: repo.name)
            if try await ledger.read({ try $0.repo(repo.name)?.key }) == repo.key { collected.stop = error }
        }
        return GarbageReport.Repo(
            repo: repo.name, objectsKept: collected.objectsKept, objectsRemoved: collected.objectsRemoved,
            bytesFreed: Int64(collected.bytesFreed), packsBefore: collected.packsBefore, packsAfter: collected.packsAfter,
            problem: collected.stop?.descriptionWithHint)
    }

    // MARK: Collecting by itself

    /// How long after commits were removed the space is looked for: more may be removed at once.
    private static let collectionDelay = Duration.seconds(5)
    /// How often it is looked for without that: what crashed uploads and replaced indexes left, commits whose time is over.
    private static let collectionInterval = Duration.seconds(3600)
    /// Packs are written anew by themselves where at least so much of their bytes is in no use.
    private static let collectionDeadShareMin = 0.25

    /// Collects garbage when commits were removed, and now and then, until the task is cancelled.
    func keepClean() async throws {
        // One that comes while another is under way is served after it.
        let (due, listener) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let events = ledger.events.listen { if case .commitsRemoved = $0 { true } else { false } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in events { listener.yield() }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.collectionInterval)
                    listener.yield()
                }
            }
            defer { group.cancelAll() }
            for await _ in due {
                try await Task.sleep(for: Self.collectionDelay)
                await collectByItself()
            }
        }
    }

    private func collectByItself() async {
        do {
            let report = try await collectGarbage(
                CollectionOptions(dryRun: false, deadShareMin: Self.collectionDeadShareMin, patience: Self.collectionPatience))
            for repo in report.repos {
                if let problem = repo.problem { ledger.notices.report("could not collect all garbage of repo \(repo.repo): \(problem)") }
            }
        } catch let error as PachError where error.code == .stopped {
            // The engine stops.
        } catch is CancellationError {
            // As above.
        } catch {
            ledger.notices.report("could not collect garbage: \(error)")
        }
    }
}

extension Database {
    /// All repos that a retention may be set for, those that are made from others first.
    fileprivate func reposFromDownstream() throws -> [RepoRow] {
        let graph = try provenanceGraph()
        let rows = try repos().filter { $0.name.kind == .user }
        let order = graph.downstream(of: Set(try rows.flatMap { try branches(of: $0).map(\.branch) })).map(\.repo)
        var places: [RepoName: Int] = [:]
        for (place, repo) in order.enumerated() { places[repo] = place }
        return rows.sorted { (places[$0.name] ?? -1, $0.name) > (places[$1.name] ?? -1, $1.name) }
    }
}
