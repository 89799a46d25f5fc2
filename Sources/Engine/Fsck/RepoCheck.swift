internal import GRDB
internal import GitStore
internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Storage
internal import Threads

extension Ledger {
    /// Checks one repo. Blocks.
    func check(_ repo: RepoRow, _ report: inout FsckReport, _ cancellation: Cancellation) throws {
        try cancellation.check()
        report.reposChecked += 1
        let count = report.findings.count
        do {
            var check = try RepoCheck(store: store(repo.name), ledger: self, cancellation) { [self] in
                try metadata.read { try $0.checkedNames(of: repo) }
            }
            try check.run(&report)
        } catch let failure as PachError {
            let error = failure.code == .notFound ? unreadable(repo, failure) : failure
            let count = try metadata.read { try $0.commits(in: repo, limit: nil, origin: nil).count }
            let told = PachError(error.code, "\(error); it has \(count) commits", hint: error.hint)
            report.findings.append(.damage(in: repo.name, told.descriptionWithHint))
        }
        // One that was deleted meanwhile lacks nothing.
        if try metadata.read({ try $0.repo(repo.name)?.key }) != repo.key { report.findings.removeSubrange(count...) }
    }
}

extension Database {
    func checkedNames(of repo: RepoRow) throws -> RepoCheck.Names {
        RepoCheck.Names(commits: try commits(in: repo, limit: nil, origin: nil), index: try ref(RefLayout.datums, in: repo))
    }
}

/// Checks one repo: every stored object against its id, and every commit down to its last file. Blocks.
struct RepoCheck {
    /// What of the repo is to be whole.
    struct Names {
        var commits: [CommitRow]
        /// The index of good outputs.
        var index: ObjectID?
    }

    /// Damaged objects whose consequences are told one by one.
    private static let objectCountMax = 20
    /// Commits and files that are told of each.
    private static let exampleCountMax = 5

    let store: RepoStore
    let ledger: Ledger
    let cancellation: Cancellation
    private let names: () throws -> Names
    private var seen: Set<ObjectID> = []
    /// What cannot be read, and why.
    private var lost: [ObjectID: String] = [:]
    private var succession = TreeSuccession()
    /// The root that was looked at last: the next one is often its next version.
    private var lastRoot: ObjectID?
    /// Whether all objects in packs have just been compared with their ids.
    private var isSound = false

    /// - Parameter names: tells what is named now.
    init(store: RepoStore, ledger: Ledger, _ cancellation: Cancellation, names: @escaping () throws -> Names) {
        self.names = names
        self.store = store
        self.ledger = ledger
        self.cancellation = cancellation
    }

    mutating func run(_ report: inout FsckReport) throws {
        let damages = try store.damage { [cancellation] in !cancellation.isRequested }
        try cancellation.check()
        isSound = damages.isEmpty
        var damaged: [ObjectID: String] = [:]
        for damage in damages {
            if let id = damage.object, isLost(id) {
                damaged[id] = damage.description
            } else {
                let note = damage.object == nil ? "" : " (a sound copy is elsewhere; 'pach fsck --fix' removes this one)"
                report.findings.append(.damage(in: store.row.name, damage.description + note))
            }
        }
        for git in try ledger.metadata.read({ try $0.lostCommits(of: store.row) }) {
            report.findings.append(.damage(in: store.row.name, store.row.lostHistory(before: git).descriptionWithHint))
        }
        var commits = try visitNames()
        if !lost.isEmpty {
            // What went together with its names while this looked for it is no damage: that is missing twice.
            let once = lost
            commits = try visitNames()
            lost = lost.filter { once[$0.key] != nil }
        }
        lost.merge(damaged) { $1 }
        report.commitsChecked += commits.count
        report.objectsChecked += seen.count
        for commit in commits where commit.git == nil && commit.isFinished {
            report.findings.append(.damage(in: store.row.name, "commit \(commit.link): it is finished and has no Git commit"))
        }
        report.findings += try consequences(among: commits)
    }

    /// Looks for all that is named now.
    /// - Returns: the commits.
    private mutating func visitNames() throws -> [CommitRow] {
        (seen, lost, succession, lastRoot) = ([], [:], TreeSuccession(), nil)
        let names = try names()
        for commit in names.commits {
            try cancellation.check()
            if let git = commit.git { visit(git, isTree: false) }
            visit(commit.tree, isTree: true)
        }
        if let index = names.index { visit(index, isTree: false) }
        try cancellation.check()
        return names.commits
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

    /// What each lost object takes away: files of commits, and what pipelines made from those. Of many the last are told together.
    private func consequences(among commits: [CommitRow]) throws -> [FsckFinding] {
        let ordered = lost.sorted { $0.key < $1.key }
        var findings = try ordered.prefix(Self.objectCountMax).map { id, reason in
            var finding = try consequence(of: [id], reason, among: commits)
            finding.object = id
            return finding
        }
        let rest = Set(ordered.dropFirst(Self.objectCountMax).map(\.key))
        if !rest.isEmpty {
            findings.append(try consequence(of: rest, "and \(rest.count) more objects cannot be read", among: commits))
        }
        return findings
    }

    private func consequence(of objects: Set<ObjectID>, _ reason: String, among commits: [CommitRow]) throws -> FsckFinding {
        var finding = FsckFinding.damage(in: store.row.name, reason)
        var finder = ObjectFinder(objects, in: UncachedObjects(store: store), unreadable: .skip)
        var hitCount = 0
        var pipelines: Set<PipelineName> = []
        var files: Set<FilePath> = []
        for commit in commits {
            try cancellation.check()
            let isHit = try finder.isWithin(commit.tree)
            guard isHit || commit.git.map(objects.contains) ?? false else { continue }
            hitCount += 1
            try pipelines.formUnion(made(from: commit))
            guard finding.commits.count < Self.exampleCountMax else { continue }
            finding.commits.append(commit.link)
            if isHit { files.formUnion(try finder.paths(in: commit.tree, limit: Self.exampleCountMax)) }
        }
        finding.files = Array(files.sorted().prefix(Self.exampleCountMax))
        finding.pipelines = pipelines.sorted()
        let they = objects.count == 1 ? "it" : "them"
        finding.message += hitCount == 0 ? "; no commit needs \(they)" : "; \(hitCount) commits need \(they)"
        if hitCount > 0, store.row.name.kind == .user, try ledger.metadata.read({ try $0.pipeline(ofRepo: store.row.name) }) == nil {
            finding.message += "; put these files again, or take them from a backup"
        }
        return finding
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
