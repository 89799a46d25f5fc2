internal import Files
internal import Foundation
internal import GitStore
public import Metadata
public import Model
internal import Storage
internal import Synchronization

extension Ledger {
    /// Puts right what a crash left half done. Runs when the data root is opened, before anyone else writes.
    func recover() throws(PachError) {
        for failure in try GitRepository.removeLeftovers(in: root.path) { notices.report(failure) }
        try finishRepoRemovals()
        let repos = try metadata.read { try $0.repos() }
        if repos.isEmpty { try requireNoUnknownRepo() }
        let stores = try recoverStores(repos)
        try loadLanded()
        for store in stores {
            do throws(PachError) {
                for repair in try settleRefs(of: store) { notices.report(repair) }
            } catch {
                guard !error.concernsAll, diskFailure == nil else { throw error }
                noteProblem(
                    PachError(
                        error.code, "the refs of repo \(store.row.name) cannot be read", cause: error.description,
                        hint: "Let pach read what is named there, or remove it; then run 'pach fsck --fix'."), of: store.row)
            }
        }
        let isRefDue = try metadata.read { try !$0.dueRefs().isEmpty }
        hasUntriedLeftovers.withLock { $0 = isRefDue || !landed.repos.isEmpty }
        publisher.schedule(on: self, atOnce: false)
    }

    /// Removes the folders of all repos whose rows are gone. One that cannot be removed, such as a mount point, is told, and tried again later.
    func finishRepoRemovals() throws(PachError) {
        let names = try metadata.read { try $0.repoRemovals() }
        for text in names {
            let name: RepoName
            do { name = try RepoName(text) } catch { continue }
            do throws(PachError) {
                try removeRepoFolder(name)
            } catch {
                guard !error.concernsAll, diskFailure == nil else { throw error }
                notices.report(error)
            }
        }
    }

    /// Removes the folder of a repo whose rows are gone; one that a backup copies is left to `release`, or after a crash to `recover`.
    func removeRepoFolder(_ name: RepoName) throws(PachError) {
        guard !heldRepos.withLock({ $0.contains(name) }) else { return }
        publisher.merges.stop(name)
        forgetStore(name)
        let isBack = try metadata.read { try $0.repo(name) != nil }
        if !isBack, try Folder.status(of: root.repoPath(name), followingLinks: false) != nil {
            try GitRepository.remove(at: root.repoPath(name), files: files)
        }
        try writeAlone { try $0.finishRepoRemoval(name.description) }
    }

    /// A database that knows nothing, where repos with commits are, is one that was emptied.
    private func requireNoUnknownRepo() throws(PachError) {
        // What a rebuild cannot read it leaves where it is, and nobody else can tell what it was; a folder that is not called as a repo may be is
        // none of ours.
        let repos = try unknownRepos().filter(\.isReadable).compactMap { try? RepoName(String($0.folder.dropLast(4))) }
        guard let repo = repos.first else { return }
        throw PachError(
            .corrupt, "the data root \(quoted(root.path)) has repos, such as \(repo), and its database is empty",
            hint: "'pach fsck --rebuild' makes a new one from the repos; 'pach restore' makes another data root from a backup.")
    }

    private func loadLanded() throws(PachError) {
        for landing in try metadata.read({ try $0.landings() }) {
            var objects: [ObjectID: LandedObject] = [:]
            for row in landing.objects {
                // A kind that there is not is damage, of which the object's id tells as it does of any other.
                let kind = ObjectKind(rawValue: row.kind) ?? .blob
                let basis = row.base.flatMap { base in row.deltaByteCount.map { LandedObject.Basis(id: base, deltaByteCount: $0) } }
                objects[row.id] = LandedObject(id: row.id, kind: kind, size: row.size, deflated: row.data, basis: basis)
            }
            landed.load(objects, row: landing.number, repo: landing.repo)
        }
    }

    /// Writes anew what makes the repo's folder a repository; see `GitRepository.restoreLayout`. Blocks.
    public func restoreLayout(of repo: RepoRow) throws(PachError) -> [String] {
        try GitRepository.restoreLayout(at: root.repoPath(repo.name), files: files)
    }

    /// Puts the repo's refs where the database has them, beside whoever works.
    /// - Returns: what was put right.
    public func settleRefs(of repo: RepoRow) async throws -> [PachError] {
        try await publisher.betweenRounds { [self] in try settleRefs(of: store(repo)) }
    }

    /// Refs follow the database. One that is elsewhere was moved by someone else: what it held is kept, and it is due from here on. What
    /// cannot be put right, such as a ref that is locked, is told and left.
    /// - Returns: what was put right.
    func settleRefs(of store: RepoStore) throws(PachError) -> [PachError] {
        let row = store.row
        let (wanted, published, due): ([String: ObjectID], [String: ObjectID], Set<String>) = try metadata.read { database in
            (
                try database.refs(of: row), try database.publishedRefs(of: row),
                Set(try database.dueRefs().filter { $0.repo == row.key }.map(\.name))
            )
        }
        var (found, repairs) = try repairRefFiles(of: store, wanted: wanted)
        repairs += try settleHead(wanted: wanted, of: store)
        // Where each ref is when this has ended; nil where that is not to be relied on.
        var places: [String: ObjectID?] = [:]
        for name in due.union(wanted.keys).union(published.keys) { places.updateValue(nil, forKey: name) }
        for ref in found.refs where !ref.name.description.hasPrefix(foreignRefPrefix) {
            let name = ref.name.description
            do throws(PachError) {
                let isLeft = try settle(ref, wanted: wanted[name], isDue: due.contains(name), of: store, &repairs)
                places.updateValue(isLeft ? ref.id : nil, forKey: name)
            } catch {
                places.removeValue(forKey: name)
                notices.report(error)
            }
        }
        noteProblem(nil, of: row)
        let moved = places.filter { published[$0.key] != $0.value }
        guard !moved.isEmpty else { return repairs }
        // What is noted is not due any more, so it has to survive a power cut as it is.
        try store.git.syncRefs(moved.keys)
        try writeAlone { database in
            for (name, place) in moved { try database.notePlace(of: name, in: row.key, at: place) }
        }
        return repairs
    }

    /// Makes each file that holds refs one that Git reads. What was lost there the database knows; what it does not know is kept.
    private func repairRefFiles(
        of store: RepoStore, wanted: [String: ObjectID]
    ) throws(PachError) -> (found: FoundRefs, repairs: [PachError]) {
        var found = try store.git.foundRefs()
        if try store.git.encodeRefNames(among: found) { found = try store.git.foundRefs() }
        var repairs: [PachError] = []
        for name in found.damaged {
            if name == FoundRefs.packedFile {
                try store.git.rewritePackedRefs()
                let what = "the file \(name) of repo \(store.row.name) was damaged, and was written anew"
                repairs.append(PachError(.corrupt, "\(what); refs are put where the database has them"))
            } else {
                let kept = try found.targets[name].flatMap { (id) throws(PachError) in
                    wanted[name] == id ? nil : try keep(id, of: name, in: store)
                }
                try store.git.removeRefFile(name)
                let what = "the ref \(name) of repo \(store.row.name) was damaged"
                repairs.append(
                    PachError(
                        .corrupt, wanted[name] == nil ? "\(what), and was removed" : "\(what), and was put back as the database has it",
                        hint: kept.map { "What it pointed at is kept under \($0)." }))
            }
        }
        for (name, target) in found.symbolic.sorted(by: { $0.key < $1.key }) {
            try store.git.removeRefFile(name)
            let what = "the ref \(name) of repo \(store.row.name) was made by another program to stand for \(quoted(target))"
            repairs.append(PachError(.conflict, "\(what), and was removed", hint: "Use pach to change a repo."))
        }
        return (repairs.isEmpty ? found : try store.git.foundRefs(), repairs)
    }

    /// Clones check out what `HEAD` names; which of our branches that is, is left to the user.
    private func settleHead(wanted: [String: ObjectID], of store: RepoStore) throws(PachError) -> [PachError] {
        let branch = try store.git.headBranch()
        if branch == RefName(.master) || branch.map({ wanted[$0.description] != nil }) ?? false { return [] }
        let head = try store.git.head() ?? ""
        let kept = try ObjectID(hex: head).flatMap { (id) throws(PachError) in try keep(id, of: "HEAD", in: store) }
        try store.git.resetHead()
        return [
            PachError(
                .conflict, "HEAD of repo \(store.row.name) named no branch, but \(quoted(head)), and names master again",
                hint: kept.map { "What it pointed at is kept under \($0)." })
        ]
    }

    /// Keeps what another program put at a ref.
    /// - Parameter wanted: where the database has the ref; nil where it has none.
    /// - Returns: whether the ref is left where it is, for the publisher to move.
    private func settle(
        _ ref: RefTarget, wanted: ObjectID?, isDue: Bool, of store: RepoStore, _ repairs: inout [PachError]
    ) throws(PachError) -> Bool {
        if wanted == ref.id { return true }
        let isOurs = isDue ? try wasOnItsWay(ref.name, from: ref.id, of: store.row) : false
        var isThere = true
        if !isOurs {
            let kept = try keep(ref.id, of: ref.name.description, in: store)
            isThere = kept != nil
            let what = wanted == nil ? "made by another program, and was removed" : "moved by another program, and was put back"
            repairs.append(
                PachError(
                    .conflict, "the ref \(ref.name) of repo \(store.row.name) was \(what)",
                    hint: (kept.map { "What it pointed at is kept under \($0)." } ?? "What it pointed at does not exist.")
                        + " Use pach to change a repo."))
        }
        guard wanted == nil || !isThere else { return true }
        try store.git.delete(ref.name, expecting: .object(ref.id))
        return false
    }

    private static func keptName(of name: String, _ id: ObjectID) throws(PachError) -> RefName {
        let ending = "-\(id.description.prefix(12))"
        do throws(PachError) {
            return try RefName(foreignRefPrefix + name + ending)
        } catch {
            // A file may be called as no ref can be.
            return try RefName(foreignRefPrefix + "unnamed" + ending)
        }
    }

    /// - Returns: the ref that keeps the object from now on; nil where there is no such object.
    private func keep(_ id: ObjectID, of name: String, in store: RepoStore) throws(PachError) -> RefName? {
        let kept = try Self.keptName(of: name.hasPrefix("refs/") ? String(name.dropFirst("refs/".count)) : name, id)
        do throws(PachError) {
            try store.git.set(kept, to: id, expecting: .anything)
            return kept
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}

extension Ledger {
    /// Whether a crash explains where a ref is that is due elsewhere: it was put there last, or was on its way to a commit that we know.
    /// Otherwise the database is the older of the two, which no crash makes it: its last pages are lost.
    private func wasOnItsWay(_ name: RefName, from place: ObjectID, of repo: RepoRow) throws(PachError) -> Bool {
        try metadata.read { database in
            if try name.description == RefLayout.datums || database.publishedRefs(of: repo)[name.description] == place { return true }
            return try database.hasCommit(git: place, in: repo)
        }
    }

    /// Folders of repos that hold commits, or that cannot be read, and that the database does not know: what was named there is lost with it.
    public func unknownRepos() throws(PachError) -> [(folder: String, isReadable: Bool)] {
        // Folders first: one that is made or goes meanwhile is in the database, among repos or among removals.
        let folders = try Folder.names(in: root.path).sorted()
        let known = try metadata.read { Set(try $0.repos().map(\.name.description) + $0.repoRemovals()) }
        var unknown: [(folder: String, isReadable: Bool)] = []
        for folder in folders where folder.hasSuffix(".git") && !folder.hasPrefix(".") && !known.contains(String(folder.dropLast(4))) {
            do throws(PachError) {
                let git = try GitRepository(opening: "\(root.path)/\(folder)", files: files)
                if try !git.refs(below: "refs/").isEmpty { unknown.append((folder, true)) }
            } catch {
                // It is none of ours, or so damaged that nobody could tell; or its removal has ended since.
                if FileManager.default.fileExists(atPath: "\(root.path)/\(folder)") { unknown.append((folder, false)) }
            }
        }
        return unknown
    }
}

/// Where refs are kept that another program made.
let foreignRefPrefix = "refs/pach/foreign/"
