internal import GRDB
internal import GitStore
internal import Ledger
internal import Metadata
internal import Model
public import Operations
internal import Storage
internal import Threads
internal import Workers

extension Engine {
    public func fsck(publish: Bool, fix: Bool) async throws -> FsckReport {
        var repairs: [FsckFinding] = []
        if fix {
            repairs += try await repairRepos()
        } else if publish {
            repairs += try await self.publish()
        }
        var report = try await check()
        if fix, !report.findings.isEmpty {
            repairs += try await remakeOutputs(hitBy: report.findings)
            repairs += try await dropDamage(&report)
        }
        if fix { repairs += try await self.publish() }
        report.findings = try await repairs + report.findings + foldersSetAside()
        return report
    }

    private func foldersSetAside() async throws -> [FsckFinding] {
        try await blocking { [ledger] in try ledger.root.foldersSetAside() }.map { folder in
            let message = "the folder \(folder) holds what a rebuild could not read and put out of the way; remove it once it is not needed"
            return .repaired(in: nil, message)
        }
    }

    private func check() async throws -> FsckReport {
        try await Cancellation.blocking { [ledger] cancellation in
            var report = FsckReport()
            for problem in try ledger.metadata.integrityProblems() {
                report.findings.append(
                    .damage(in: nil, "the database is damaged: \(problem); 'pach fsck --rebuild' makes a new one from the repos"))
            }
            for (folder, isReadable) in try ledger.unknownRepos() {
                let message =
                    isReadable
                    ? "the folder \(folder) holds commits, and the database knows no such repo; 'pach fsck --rebuild' makes a new one"
                    : "the folder \(folder) cannot be read, and the database knows no such repo; 'pach restore' takes it from a backup"
                report.findings.append(.damage(in: nil, message))
            }
            let (repos, pipelines) = try ledger.metadata.read { (try $0.repos(), try $0.pipelines()) }
            let names = Set(repos.map(\.name))
            for pipeline in pipelines.map(\.name).sorted() {
                for repo in RepoName.Kind.allCases.map({ pipeline.repo($0) }) where !names.contains(repo) {
                    report.findings.append(
                        .damage(
                            in: repo, "it is gone, and pipeline \(pipeline) cannot run without it; 'pach update pipeline' makes it anew"))
                }
            }
            for repo in repos { try ledger.check(repo, &report, cancellation) }
            return report
        }
    }

    // MARK: Repairs

    /// Repairs what each repo's own packs and the database give.
    private func repairRepos() async throws -> [FsckFinding] {
        var findings: [FsckFinding] = []
        for repo in try await ledger.read({ try $0.repos() }) {
            try Task.checkCancellation()
            do {
                var repairs = try await blocking { [ledger] in try ledger.restoreLayout(of: repo) }
                if try await rewriteConstants(of: repo) {
                    repairs.append("the attributes of roots and the empty root were written anew")
                    // The damaged copies can go once there are sound ones in a pack.
                    _ = try await ledger.publishRepos()
                }
                repairs +=
                    try await blocking { [ledger] in try ledger.store(repo).repairPacks() }
                    ?? ["nothing: a collection or backup is at work, try again"]
                let settled = try await ledger.settleRefs(of: repo).map(\.descriptionWithHint)
                findings += (repairs + settled).map { .repaired(in: repo.name, $0) }
            } catch let error as PachError {
                findings.append(.damage(in: repo.name, "the repair stopped: \(error)"))
            }
        }
        // What cannot be published the check may explain, and what follows it mend.
        _ = try await ledger.publishRepos()
        return findings
    }

    /// Hands everything to stock Git.
    /// - Returns: the repos for which that failed, and why.
    private func publish() async throws -> [FsckFinding] {
        let failures = try await ledger.publishRepos()
        guard !failures.isEmpty else { return [] }
        return try await ledger.read { try $0.repos() }.compactMap { repo in
            failures[repo.key].map { .damage(in: repo.name, $0.description) }
        }
    }

    /// Writes anew what the format alone gives, where the repo has it and it is damaged.
    /// - Returns: whether something was.
    private func rewriteConstants(of repo: RepoRow) async throws -> Bool {
        let store = try ledger.store(repo)
        let objects = try await blocking { () throws -> ObjectBatch.Outcome? in
            let hit = try [StorageFormat.attributesID, StorageFormat.emptyRootID].filter { id in
                guard try store.objects.contains(id) else { return false }
                do throws(PachError) {
                    _ = try store.readPastCache(id)
                    return false
                } catch {
                    guard error.code == .corrupt else { throw error }
                    return true
                }
            }
            guard !hit.isEmpty else { return nil }
            let batch = try store.makeBatch()
            try StorageFormat.writeEmptyRoot(to: batch)
            return try batch.finish()
        }
        guard let objects else { return false }
        // What waited for the repo's layout makes room for this.
        _ = try await ledger.publishRepos()
        try await ledger.write { try $0.land(objects, in: repo) }
        return true
    }

    /// Collects the garbage of repos in which damage was found, since it may be damage to what nobody needs, and looks at them again.
    /// - Returns: where damage went.
    private func dropDamage(_ report: inout FsckReport) async throws -> [FsckFinding] {
        // A damaged database may not know all that is needed.
        guard report.findings.allSatisfy({ $0.repo != nil }) else { return [] }
        let damaged = Set(report.findings.compactMap(\.repo))
        let options = CollectionOptions(dryRun: false, deadShareMin: 0, patience: Self.collectionPatience)
        var dropped: [FsckFinding] = []
        // The index of good outputs may have named some of what is damaged until now.
        _ = try await ledger.publishRepos()
        for repo in try await ledger.read({ try $0.repos() }) where damaged.contains(repo.name) {
            // What is in use and damaged stops it, and is found again.
            _ = try await collect(repo, options)
            let again = try await Cancellation.blocking { [ledger] cancellation in
                var again = FsckReport()
                try ledger.check(repo, &again, cancellation)
                return again
            }
            let before = report.findings.count
            report.findings.removeAll { $0.repo == repo.name }
            report.findings += again.findings
            guard report.findings.count < before else { continue }
            let what = again.findings.isEmpty ? "what was damaged" : "part of what was damaged"
            dropped.append(.repaired(in: repo.name, "nothing needs \(what), and it was removed with the garbage"))
        }
        return dropped
    }

    /// Lets pipelines whose newest outputs or records are hit process all their datums again. What they write is the same as before where their
    /// code is deterministic; then older commits with the same objects are whole again, too. What only older commits have, nobody can derive.
    private func remakeOutputs(hitBy findings: [FsckFinding]) async throws -> [FsckFinding] {
        let repos = Set(findings.filter { $0.object != nil }.compactMap(\.repo)).filter { $0.kind != .spec }
        guard !repos.isEmpty else { return [] }
        return try await ledger.write { transaction in
            let database = transaction.database
            var remade: [FsckFinding] = []
            for pipeline in try database.pipelines().sorted(by: { $0.name < $1.name })
            where !repos.isDisjoint(with: [pipeline.name.repo(), pipeline.name.repo(.meta)]) {
                // The index may name what is damaged.
                try transaction.setRef(RefLayout.datums, in: database.existingRepo(pipeline.name.repo()), to: nil)
                guard try database.isNewestHit(pipeline, [.user, .meta], by: findings) else { continue }
                let spec = pipeline.version.spec
                if spec.previous, try database.nearestGood(database.head(of: spec.output)?.seq) != nil,
                    try database.isNewestHit(pipeline, [.user], by: findings)
                {
                    var error = PachError.damagedPrevious(of: spec, cause: nil)
                    error.message += ", and cannot be made again without itself"
                    remade.append(.damage(in: pipeline.name.repo(), error.descriptionWithHint))
                    continue
                }
                try database.setSalt(CommitID.random().description, of: pipeline)
                guard !pipeline.stopped else {
                    remade.append(
                        .repaired(
                            in: pipeline.name.repo(), "pipeline \(pipeline.name) is stopped; once started, it makes its outputs again"))
                    continue
                }
                try transaction.propagate(from: [spec.specBranch], id: .random())
                remade.append(
                    .repaired(
                        in: pipeline.name.repo(),
                        "a job that waits now makes the outputs of pipeline \(pipeline.name) again: 'pach run', then check again"))
            }
            return remade
        }
    }
}

extension Database {
    /// Whether damage takes something from what the pipeline shows now: its last good output, its records, or what came after.
    fileprivate func isNewestHit(_ pipeline: PipelineRow, _ kinds: [RepoName.Kind], by findings: [FsckFinding]) throws -> Bool {
        let good = try nearestGood(head(of: pipeline.version.spec.output)?.seq)
        return try kinds.map { pipeline.name.repo($0) }.contains { repo in
            guard let newest = try good.flatMap({ try commit(Commit(repo: repo, id: $0.id)) }) else { return true }
            return try findings.contains { finding in
                try finding.repo == repo && finding.commits.contains { try commit($0.commit).map { $0.seq >= newest.seq } ?? false }
            }
        }
    }
}
