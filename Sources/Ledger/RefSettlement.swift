internal import GitStore
public import Metadata
public import Model

extension Ledger {
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
        for ref in found.refs where !ref.name.description.hasPrefix(RefLayout.foreignPrefix) {
            let name = ref.name.description
            do throws(PachError) {
                let isLeft = try settle(ref, wanted: wanted[name], isDue: due.contains(name), of: store, &repairs)
                places.updateValue(isLeft ? ref.id : nil, forKey: name)
            } catch {
                places.removeValue(forKey: name)
                notices.report(error)
            }
        }
        repoProblems.note(nil, of: row)
        if found.looseCount > Limits.looseRefCountMax {
            do throws(PachError) { try store.git.packRefs() } catch { notices.report(error) }
        }
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
            return try RefName(RefLayout.foreignPrefix + name + ending)
        } catch {
            // A file may be called as no ref can be.
            return try RefName(RefLayout.foreignPrefix + "unnamed" + ending)
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

    /// Whether a crash explains where a ref is that is due elsewhere: it was put there last, or was on its way to a commit that we know.
    /// Otherwise the database is the older of the two, which no crash makes it: its last pages are lost.
    private func wasOnItsWay(_ name: RefName, from place: ObjectID, of repo: RepoRow) throws(PachError) -> Bool {
        try metadata.read { database in
            if try name.description == RefLayout.datums || database.publishedRefs(of: repo)[name.description] == place { return true }
            return try database.hasCommit(git: place, in: repo)
        }
    }
}
