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
            return FsckFinding(severity: .repaired, repo: nil, message: message)
        }
    }

    private func check() async throws -> FsckReport {
        try await Cancellation.blocking { [ledger] cancellation in
            var report = FsckReport(reposChecked: 0, commitsChecked: 0, objectsChecked: 0, findings: [])
            for problem in try ledger.metadata.integrityProblems() {
                report.findings.append(
                    FsckFinding(
                        severity: .damage, repo: nil,
                        message: "the database is damaged: \(problem); 'pach fsck --rebuild' makes a new one from the repos"))
            }
            for (folder, isReadable) in try ledger.unknownRepos() {
                report.findings.append(
                    FsckFinding(
                        severity: .damage, repo: nil,
                        message: isReadable
                            ? "the folder \(folder) holds commits, and the database knows no such repo; 'pach fsck --rebuild' makes a new one"
                            : "the folder \(folder) cannot be read, and the database knows no such repo; 'pach restore' takes it from a backup"
                    ))
            }
            let (repos, pipelines) = try ledger.metadata.read { (try $0.repos(), try $0.pipelines()) }
            let names = Set(repos.map(\.name))
            for pipeline in pipelines.map(\.name).sorted() {
                for repo in RepoName.Kind.allCases.map({ pipeline.repo($0) }) where !names.contains(repo) {
                    report.findings.append(
                        FsckFinding(
                            severity: .damage, repo: repo,
                            message:
                                "it is gone, and pipeline \(pipeline) cannot run without it; 'pach update pipeline' makes it anew")
                    )
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
                findings += (repairs + settled).map { FsckFinding(severity: .repaired, repo: repo.name, message: $0) }
            } catch let error as PachError {
                findings.append(FsckFinding(severity: .damage, repo: repo.name, message: "the repair stopped: \(error)"))
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
            failures[repo.key].map { FsckFinding(severity: .damage, repo: repo.name, message: $0.description) }
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
        let options = CollectionOptions(dryRun: false, deadShareMin: 0, patience: Self.patience)
        var dropped: [FsckFinding] = []
        // The index of good outputs may have named some of what is damaged until now.
        _ = try await ledger.publishRepos()
        for repo in try await ledger.read({ try $0.repos() }) where damaged.contains(repo.name) {
            // What is in use and damaged stops it, and is found again.
            _ = try await collect(repo, options)
            let again = try await Cancellation.blocking { [ledger] cancellation in
                var again = FsckReport(reposChecked: 0, commitsChecked: 0, objectsChecked: 0, findings: [])
                try ledger.check(repo, &again, cancellation)
                return again
            }
            let before = report.findings.count
            report.findings.removeAll { $0.repo == repo.name }
            report.findings += again.findings
            guard report.findings.count < before else { continue }
            dropped.append(
                FsckFinding(
                    severity: .repaired, repo: repo.name,
                    message: again.findings.isEmpty
                        ? "nothing needs what was damaged, and it was removed with the garbage"
                        : "nothing needs part of what was damaged, and it was removed with the garbage"))
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
                    let error = PachError.damagedPrevious(of: spec, cause: nil)
                    let message = "\(error), and cannot be made again without itself. \(error.hint ?? "")"
                    remade.append(FsckFinding(severity: .damage, repo: pipeline.name.repo(), message: message))
                    continue
                }
                try database.setSalt(CommitID.random().description, of: pipeline)
                guard !pipeline.stopped else {
                    remade.append(
                        FsckFinding(
                            severity: .repaired, repo: pipeline.name.repo(),
                            message: "pipeline \(pipeline.name) is stopped; once started, it makes its outputs again"))
                    continue
                }
                try transaction.propagate(from: [spec.specBranch], id: .random())
                remade.append(
                    FsckFinding(
                        severity: .repaired, repo: pipeline.name.repo(),
                        message: "a job that waits now makes the outputs of pipeline \(pipeline.name) again: 'pach run', then check again"))
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

extension Ledger {
    /// Checks one repo. Blocks.
    fileprivate func check(_ repo: RepoRow, _ report: inout FsckReport, _ cancellation: Cancellation) throws {
        try cancellation.check()
        report.reposChecked += 1
        do {
            try RepoCheck(store: store(repo.name), ledger: self, cancellation).run(&report)
        } catch let failure as PachError {
            let error = failure.code == .notFound ? unreadable(repo, failure) : failure
            let count = try metadata.read { try $0.commits(in: repo, limit: nil, origin: nil).count }
            let hint = error.hint.map { ". \($0)" } ?? ""
            report.findings.append(
                FsckFinding(severity: .damage, repo: repo.name, message: "\(error); it has \(count) commits\(hint)"))
        }
    }
}

/// Checks one repo: every stored object against its id, and every commit down to its last file. Blocks.
private struct RepoCheck {
    /// Damaged objects whose consequences are told one by one.
    private static let objectCountMax = 20
    /// Commits and files that are told of each.
    private static let exampleCountMax = 5

    let store: RepoStore
    let ledger: Ledger
    let cancellation: Cancellation
    private var seen: Set<ObjectID> = []
    /// What cannot be read, and why.
    private var lost: [ObjectID: String] = [:]
    private var succession = TreeSuccession()
    /// The root that was looked at last: the next one is often its next version.
    private var lastRoot: ObjectID?
    /// Whether all objects in packs have just been compared with their ids.
    private var isSound = false

    init(store: RepoStore, ledger: Ledger, _ cancellation: Cancellation) {
        self.store = store
        self.ledger = ledger
        self.cancellation = cancellation
    }

    func run(_ report: inout FsckReport) throws {
        var check = self
        let damages = try store.damage { !cancellation.isRequested }
        try cancellation.check()
        check.isSound = damages.isEmpty
        for damage in damages {
            if let id = damage.object, check.isLost(id) {
                check.lost[id] = damage.description
            } else {
                let note = damage.object == nil ? "" : " (a sound copy is elsewhere; 'pach fsck --fix' removes this one)"
                report.findings.append(
                    FsckFinding(severity: .damage, repo: store.row.name, message: damage.description + note))
            }
        }
        let commits = try ledger.metadata.read { try $0.commits(in: store.row, limit: nil, origin: nil) }
        for commit in commits {
            try cancellation.check()
            report.commitsChecked += 1
            if commit.git == nil, commit.isFinished {
                report.findings.append(
                    FsckFinding(
                        severity: .damage, repo: store.row.name, message: "commit \(commit.link): it is finished and has no Git commit"))
            }
            if let git = commit.git { check.visit(git, isTree: false) }
            check.visit(commit.tree, isTree: true)
        }
        if let index = try ledger.metadata.read({ try $0.ref(RefLayout.datums, in: store.row) }) { check.visit(index, isTree: false) }
        try cancellation.check()
        report.objectsChecked += check.seen.count
        report.findings += try check.consequences(among: commits)
    }

    private func isLost(_ id: ObjectID) -> Bool {
        do {
            _ = try store.readPastCache(id)
            return false
        } catch {
            return true
        }
    }

    /// Notes what is missing or damaged at or below an object; what was seen before is not looked at again.
    private mutating func visit(_ root: ObjectID, isTree: Bool) {
        guard seen.insert(root).inserted else { return }
        var pending: [TreeSuccession.Child] = []
        func pushRoot(_ id: ObjectID) {
            pending.append(TreeSuccession.Child(id: id, isTree: true, former: lastRoot))
            lastRoot = id
        }
        if isTree { pushRoot(root) } else { pending.append(TreeSuccession.Child(id: root, isTree: false, former: nil)) }
        while !cancellation.isRequested, let next = pending.popLast() {
            do throws(PachError) {
                if next.isTree {
                    for child in try succession.children(of: next.id, tree(next.id), since: next.former)
                    where seen.insert(child.id).inserted {
                        pending.append(child)
                    }
                } else {
                    // Bytes were compared with ids before; here it is enough that the object is there.
                    let header = try store.objects.header(of: next.id)
                    if header.kind == .commit, let tree = try ledger.tree(of: next.id, in: store), seen.insert(tree).inserted {
                        pushRoot(tree)
                    }
                }
            } catch {
                lost[next.id] = lost[next.id] ?? error.description
            }
        }
    }

    private func tree(_ id: ObjectID) throws(PachError) -> [UInt8] {
        let object = isSound ? try store.readVerified(id) : try store.readPastCache(id)
        guard object.kind == .tree else { throw PachError(.corrupt, "object \(id) is a \(object.kind.word), where a tree should be") }
        return object.bytes
    }

    /// What each lost object takes away: files of commits, and what pipelines made from those.
    private func consequences(among commits: [CommitRow]) throws -> [FsckFinding] {
        var findings: [FsckFinding] = []
        for (id, reason) in lost.sorted(by: { $0.key < $1.key }).prefix(Self.objectCountMax) {
            var finding = FsckFinding(severity: .damage, repo: store.row.name, message: reason, object: id)
            var finder = ObjectFinder([id], in: UncachedObjects(store: store), unreadable: .skip)
            var hitCount = 0
            var pipelines: Set<PipelineName> = []
            var files: Set<FilePath> = []
            for commit in commits {
                try cancellation.check()
                let isHit = try finder.isWithin(commit.tree)
                guard isHit || commit.git == id else { continue }
                hitCount += 1
                try pipelines.formUnion(made(from: commit))
                guard finding.commits.count < Self.exampleCountMax else { continue }
                finding.commits.append(commit.link)
                if isHit { files.formUnion(try finder.paths(in: commit.tree, limit: Self.exampleCountMax)) }
            }
            finding.files = Array(files.sorted().prefix(Self.exampleCountMax))
            finding.pipelines = pipelines.sorted()
            finding.message += hitCount == 0 ? "; no commit needs it" : "; \(hitCount) commits need it"
            if hitCount > 0, store.row.name.kind == .user, try ledger.metadata.read({ try $0.pipeline(ofRepo: store.row.name) }) == nil {
                finding.message += "; put these files again, or take them from a backup"
            }
            findings.append(finding)
        }
        if lost.count > Self.objectCountMax {
            findings.append(
                FsckFinding(
                    severity: .damage, repo: store.row.name, message: "and \(lost.count - Self.objectCountMax) more objects cannot be read")
            )
        }
        return findings
    }

    /// The pipeline that made the commit, and those that made others from it, near or far.
    private func made(from commit: CommitRow) throws -> Set<PipelineName> {
        try ledger.metadata.read { database in
            var pipelines: Set<PipelineName> = []
            var seen: Set<Int64> = [commit.seq]
            var pending = [commit]
            while let next = pending.popLast() {
                if let pipeline = try database.pipeline(ofRepo: next.repo) { pipelines.insert(pipeline.name) }
                for made in try database.subvenance(of: next) where seen.insert(made.seq).inserted { pending.append(made) }
            }
            return pipelines
        }
    }
}

/// A repo's objects past the cache, where a tree may still be that is damaged on disk.
private struct UncachedObjects: ObjectReader {
    let store: RepoStore

    func read(_ id: ObjectID) throws(PachError) -> StoredObject { try store.readPastCache(id) }
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try store.objects.header(of: id) }
    func contains(_ id: ObjectID) throws(PachError) -> Bool { try store.objects.contains(id) }
}
