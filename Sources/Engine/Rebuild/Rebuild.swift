internal import Foundation
internal import GRDB
internal import GitStore
public import Ledger
internal import Metadata
public import Model
public import Operations
internal import Provenance
internal import Scheduling
internal import Storage
internal import Threads

extension Engine {
    /// Makes the database of a data root anew from its Git repos alone; the one that is there is kept beside it. What was published comes
    /// back; what was not, and what only the database knew, is listed.
    /// - Parameter lock: held by the caller until this returns.
    public static func rebuild(root: DataRoot, lock: RootLock, notices: Notices) async throws -> RebuildReport {
        var (report, remade) = try await blocking { try Rebuild(root).run() }
        // From here on it is a root like any other; what its pipelines have not seen becomes work for them.
        let ledger = try Ledger(root: root, notices: notices)
        let late = try await ledger.write { [remade] transaction -> [PipelineName] in
            var late: [PipelineName] = []
            for pipeline in try transaction.database.pipelines() where !pipeline.stopped {
                let spec = pipeline.version.spec
                guard try remade.contains(pipeline.name) || !transaction.database.hasSeenItsInputs(spec) else { continue }
                try transaction.propagate(from: [spec.specBranch], id: .random())
                late.append(pipeline.name)
            }
            return late
        }
        for name in late.sorted() {
            report.losses.append(
                remade.contains(name)
                    ? "pipeline \(name): a job that makes what is missing, for its inputs as they are now, waits"
                    : "pipeline \(name): jobs that had not ended were lost; one for its inputs as they are now waits")
        }
        try await ledger.close()
        withExtendedLifetime(lock) {}
        return report
    }
}

extension Database {
    /// Whether the newest commit of the pipeline's output was made from what its inputs are now.
    fileprivate func hasSeenItsInputs(_ spec: PipelineSpec) throws -> Bool {
        guard let head = try head(of: spec.output) else { return false }
        let seen = Set(try provenance(of: head).map(\.commit.seq))
        return try spec.directProvenance.allSatisfy { try branch($0)?.head.map(seen.contains) ?? true }
    }
}

/// Fills a new database from the repos of a data root. Blocks.
private struct Rebuild {
    private let root: DataRoot
    private let files = OpenFiles()
    private var report = RebuildReport()
    private var scans: [RepoName: RepoScan] = [:]
    /// Repos whose folders are there and could not be read.
    private var unreadable: Set<RepoName> = []
    /// The rows of commits, by repo and id.
    private var rows: [Commit: CommitRow] = [:]
    /// Pipelines of which a repo was gone and is made anew.
    private var remade: Set<PipelineName> = []
    /// The DAG of those that are not stopped.
    private var graph = ProvenanceGraph()
    /// What there is to be done to the folders of repos once the new database counts.
    private var changes = FolderChanges()
    /// Repos of a pipeline under names that no pipeline can have.
    private var plain: Set<RepoName> = []

    init(_ root: DataRoot) {
        self.root = root
    }

    /// The new database takes the place of the old one when it is whole; a crash leaves one of them. What cannot be read because the machine
    /// fails is not lost, and ends this.
    func run() throws -> (report: RebuildReport, remade: Set<PipelineName>) {
        try root.requireRestored()
        try root.finishReplacingDatabase()
        var rebuild = self
        let fresh = root.databasePath + ".rebuilding"
        try DataRoot.removeDatabase(at: fresh)
        try rebuild.scan()
        let store = try MetadataStore(path: fresh)
        try store.write { try rebuild.fill($0) }
        try store.moveLogIntoFile()
        try store.close()
        // A crash between these leaves the old database, and a root that begins new backups.
        if try root.forgetIdentity() {
            rebuild.report.losses.append("backups of this root stay as they are: the next one needs another folder")
        }
        try root.replaceDatabase(with: fresh, rebuild.changes)
        try DataRoot.removeDatabase(at: fresh)
        return (rebuild.report, rebuild.remade)
    }

    private mutating func scan() throws {
        for folder in try root.foldersSetAside() {
            report.losses.append("the folder \(folder) holds what an earlier rebuild could not read; remove it once it is not needed")
        }
        let lost = try formerlyLost()
        for name in try root.repoFolders() {
            do {
                let path = root.repoPath(name)
                if try GitRepository.isOurs(at: path) {
                    report.losses += try GitRepository.restoreLayout(at: path, files: files).map { "repo \(name): \($0)" }
                }
                let scan = try RepoScan(name, at: path, files: files, formerlyLost: lost[name] ?? [])
                report.losses += scan.losses
                scans[name] = scan
            } catch let error as PachError where !error.isOfTheMachine {
                unreadable.insert(name)
                report.losses.append("repo \(name): its folder could not be read: \(error)")
            }
        }
    }

    /// What the old database has of an earlier rebuild.
    private mutating func formerlyLost() throws -> [RepoName: [ObjectID]] {
        guard root.hasDatabase else { return [:] }
        do throws(PachError) {
            return try MetadataStore.lostCommits(at: root.databasePath)
        } catch {
            guard !error.isOfTheMachine else { throw error }
            report.losses.append("whether an earlier rebuild lost commits could not be read from the old database: \(error)")
            return [:]
        }
    }

    private mutating func fill(_ database: Database) throws {
        let now = Timestamp.now
        for scan in scans.values.sorted(by: { $0.name < $1.name }) {
            let created = scan.commits.values.map(\.message.started).min() ?? now
            let row = try database.insertRepo(scan.name, description: "", created: created)
            for (ref, target) in scan.adoptedRefs { try database.adoptRef(ref, in: row, at: target) }
            for git in scan.lost { try database.noteLostCommit(git, in: row) }
            for stray in scan.strays {
                let id = stray.message.id
                try database.setRef(stray.message.error == nil ? RefLayout.kept(id) : RefLayout.failed(id), in: row, to: stray.git)
            }
            report.repos += 1
        }
        for commit in scans.values.flatMap(\.commits.values).ordered() { try insert(commit, database) }
        for scan in scans.values.sorted(by: { $0.name < $1.name }) {
            let row = try database.existingRepo(scan.name)
            for (branch, id) in scan.heads() {
                guard let head = rows[Commit(repo: scan.name, id: id)] else { continue }
                try database.setHead(of: branch, in: row, to: head.seq, at: head.started)
                report.branches += 1
            }
        }
        for scan in scans.values.filter({ $0.name.kind == .spec }).sorted(by: { $0.name < $1.name }) {
            guard let name = pipeline(of: scan.name) else { continue }
            do {
                try insertPipeline(name, scan, database)
            } catch let error as PachError where !error.isOfTheMachine {
                report.losses.append("pipeline \(name): \(error)")
            }
        }
        try tellOfLostPipelines(database)
        try tellOfLostRepos(database)
        report.losses.append(
            "only the database knew: open commits, what was committed but not yet published, jobs that had not ended, descriptions and retention of repos, branches without a commit"
        )
    }

    // MARK: Commits

    private mutating func insert(_ commit: RepoScan.FoundCommit, _ database: Database) throws {
        let message = commit.message
        var provenance: [(seq: Int64, branch: BranchName)] = []
        for link in message.provenance {
            if let row = rows[link.commit] {
                provenance.append((row.seq, link.branch.name))
            } else {
                report.losses.append("commit \(commit.repo)@\(message.id): \(link), which it was made from, is gone")
            }
        }
        let row = try database.insertCommit(
            NewCommit(
                id: message.id, branch: message.branch, parent: message.parent.flatMap { rows[Commit(repo: commit.repo, id: $0)]?.seq },
                origin: message.origin, description: message.description, started: message.started, tree: commit.tree,
                size: message.size, provenance: provenance,
                end: CommitEnd(time: message.finished, error: message.error, git: commit.git)),
            in: database.existingRepo(commit.repo))
        rows[Commit(repo: commit.repo, id: message.id)] = row
        report.commits += 1
    }

    // MARK: Pipelines and jobs

    /// The pipeline that a repo belongs to by its name. Where somebody gave its folder a name that no pipeline can have, it is a plain one.
    private mutating func pipeline(of repo: RepoName) -> PipelineName? {
        do {
            return try PipelineName(repo.base)
        } catch {
            if plain.insert(repo).inserted {
                report.losses.append(
                    "repo \(repo): it belongs to no pipeline, for none can have its name (\(error)), so it is a plain one now; to have it back as it was, give its folder the name it had and rebuild again"
                )
            }
            return nil
        }
    }

    private mutating func insertPipeline(_ name: PipelineName, _ scan: RepoScan, _ database: Database) throws {
        let branch = Branch(repo: scan.name)
        guard let head = try database.head(of: branch) else {
            throw PachError(.notFound, "its spec repo has no commit")
        }
        let notes = try notes(of: name)
        let commits = Array(try database.ancestors(of: head, limit: nil).reversed())
        // All versions are read before any is written down.
        let versions = try zip(versionNumbers(of: name, notes).numbers(of: commits.map(\.id)), commits).map { number, commit in
            try version(number, commit, scan, notes)
        }
        var pipeline = try database.insertPipeline(name, versions[0], created: commits[0].started)
        for version in versions.dropFirst() { pipeline = try database.updatePipeline(pipeline, to: version) }
        try remakeRepos(of: name, database)
        for input in Set(pipeline.version.spec.input.pfsInputs.map(\.repo)).sorted() where try database.repo(input) == nil {
            report.losses.append("pipeline \(name): repo \(input), which it reads, is gone; it runs again once there is one of that name")
        }
        report.pipelines += 1
        if scan.refs[RefLayout.stopped] != nil || !join(pipeline.version.spec) {
            try database.setStopped(true, pipeline)
        } else {
            try database.setDirectProvenance(of: pipeline.version.spec.output, to: pipeline.version.spec.directProvenance)
        }
        let numbers = Dictionary(uniqueKeysWithValues: versions.map { ($0.specCommit, $0.number) })
        try insertJobs(of: pipeline, versions: numbers, notes, database)
    }

    /// Makes the pipeline a part of the DAG.
    /// - Returns: false where it cannot be one beside those that are.
    private mutating func join(_ spec: PipelineSpec) -> Bool {
        do {
            try graph.insert(spec)
            return true
        } catch {
            report.losses.append("pipeline \(spec.name): it is stopped now: \(error)")
            return false
        }
    }

    /// A pipeline cannot run without its repos: where one is gone or could not be read, an empty one takes its place, and a job makes anew what
    /// was in it.
    private mutating func remakeRepos(of pipeline: PipelineName, _ database: Database) throws {
        for repo in [pipeline.repo(), pipeline.repo(.meta)] where scans[repo] == nil {
            if !setAside(repo) { report.losses.append("repo \(repo): it is gone, with what it held of older commits") }
            changes.create(repo)
            _ = try database.insertRepo(repo, description: "", created: .now)
            report.repos += 1
            remade.insert(pipeline)
        }
    }

    /// Has the folder of a repo that could not be read put out of the way.
    /// - Returns: whether there is one.
    private mutating func setAside(_ repo: RepoName) -> Bool {
        guard unreadable.contains(repo) else { return false }
        report.losses.append("repo \(repo): what is left of it lies in \(quoted(changes.setAside(repo, in: root))) now")
        return true
    }

    /// Repos of a pipeline without a spec that can be read become plain ones, which say what they were.
    private mutating func tellOfLostPipelines(_ database: Database) throws {
        let outputs = scans.values.filter { $0.commits.values.contains { $0.message.job != nil } }.map(\.name)
        let others = try root.repoFolders().filter { $0.kind != .user }
        for name in Set((outputs + others).sorted().compactMap { pipeline(of: $0) }).sorted() {
            guard try database.pipeline(name) == nil else { continue }
            for repo in [name.repo(.meta), name.repo(.spec)] where scans[repo] == nil { _ = setAside(repo) }
            let left = RepoName.Kind.allCases.map { name.repo($0) }.filter { scans[$0] != nil }
            if let output = try database.repo(name.repo()) {
                try database.setDescription("Output of pipeline \(name), of which there is no spec any more.", of: output)
            }
            // With an output repo goes what belongs to it.
            let removals = left.filter { $0.kind == .user || !left.contains(name.repo()) }.map { "'pach delete repo \($0)', " }.joined()
            report.losses.append(
                "pipeline \(name): no spec of it could be read, so its repos are plain ones now; to make it anew, \(removals)'pach create pipeline'"
            )
        }
    }

    /// Repos of which only the old database tells.
    private mutating func tellOfLostRepos(_ database: Database) throws {
        guard root.hasDatabase else { return }
        do {
            for repo in try MetadataStore.repoNames(at: root.databasePath)
            where try !unreadable.contains(repo) && database.repo(repo) == nil {
                report.losses.append("repo \(repo): its folder is gone; the old database knows of it")
            }
        } catch let error as PachError {
            report.losses.append("whether the old database knows of more repos could not be read: \(error)")
        }
    }

    private mutating func version(
        _ number: Int, _ commit: CommitRow, _ scan: RepoScan, _ notes: [JobID: JobNote]
    ) throws -> PipelineVersionRow {
        let objects = scan.git.objects
        func text(_ path: String) throws -> String? {
            guard let node = try TreeReader(objects).node(at: FilePath(path), in: commit.tree) else { return nil }
            return String(decoding: try FileReader(objects).bytes(FileReader(objects).file(node)), as: UTF8.self)
        }
        guard let json = try text("spec.json") else { throw PachError(.corrupt, "commit \(commit.link) holds no spec.json") }
        let spec: PipelineSpec
        do {
            spec = try JSONDecoder().decode(PipelineSpec.self, from: Data(json.utf8))
        } catch {
            throw PachError(.corrupt, "spec.json of commit \(commit.link) does not parse", cause: "\(error)")
        }
        let salt: String
        if let found = try text("salt") ?? notes.values.first(where: { $0.figures?.version == number })?.salt ?? spec.salt {
            salt = found
        } else {
            salt = CommitID.random().description
            report.losses.append("pipeline \(spec.name): the salt of version \(number) is gone; its datums are processed again")
        }
        return PipelineVersionRow(
            number: number, spec: spec, userSpec: try text("user-spec") ?? json, salt: salt,
            code: try TreeReader(objects).node(at: FilePath("code"), in: commit.tree)?.id, specCommit: commit.id)
    }

    private func versionNumbers(of pipeline: PipelineName, _ notes: [JobID: JobNote]) -> VersionNumbers {
        var numbers = VersionNumbers()
        for (job, note) in notes {
            guard let number = note.figures?.version else { continue }
            let records = scans[pipeline.repo(.meta)]?.commits[job]
            numbers.note(number, of: records?.message.provenance.first { $0.branch.repo == pipeline.repo(.spec) }?.id)
        }
        return numbers
    }

    /// What the pipeline's jobs noted of themselves.
    private mutating func notes(of pipeline: PipelineName) throws -> [JobID: JobNote] {
        guard let scan = scans[pipeline.repo(.meta)] else { return [:] }
        var notes: [JobID: JobNote] = [:]
        for (id, commit) in scan.commits {
            do {
                notes[id] = try JobNote.read(from: commit.tree, scan.git.objects)
            } catch let error as PachError where !error.isOfTheMachine {
                report.losses.append("job \(pipeline)@\(id): what it noted of itself could not be read: \(error)")
            }
        }
        return notes
    }

    private mutating func insertJobs(
        of pipeline: PipelineRow, versions: [CommitID: Int], _ notes: [JobID: JobNote], _ database: Database
    ) throws {
        guard let scan = scans[pipeline.name.repo()] else { return }
        let outputs = scan.commits.values.filter { $0.message.job?.pipeline.name == pipeline.name }
            .compactMap { commit in rows[Commit(repo: scan.name, id: commit.message.id)].map { (row: $0, message: commit.message) } }
            .sorted { $0.row.seq < $1.row.seq }
        let specBranch = pipeline.version.spec.specBranch
        for (row, message) in outputs {
            var job = try database.insertJob(pipeline: pipeline, id: message.id, output: row.seq, created: message.started)
            let figures = notes[message.id]?.figures
            let spec = message.provenance.first { $0.branch == specBranch }?.id
            try database.setVersion(of: job, to: spec.flatMap { versions[$0] } ?? lostVersion(figures?.version, beside: versions))
            job.state = message.jobState ?? (message.error == nil ? .success : .failure)
            job.reason = message.error ?? ""
            job.finished = message.finished
            if let figures {
                job.counts = figures.counts
                job.stats = figures.stats
                job.planning = figures.planning
                job.started = figures.started
            }
            try database.updateJob(job)
            report.jobs += 1
        }
    }

    /// The number of a version whose spec is gone: 0 where no job noted it, or another one's.
    private func lostVersion(_ noted: Int?, beside versions: [CommitID: Int]) -> Int {
        guard let noted, noted > 0, !versions.values.contains(noted) else { return 0 }
        return noted
    }
}
