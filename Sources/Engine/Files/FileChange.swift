internal import GitStore
internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Storage
internal import Threads

/// A file that is stored and on its way to a path.
struct PlacedFile: Sendable {
    var path: FilePath
    var file: StoredFile
}

/// What a change does to the files of a commit, its content stored already.
struct FileChange: Sendable {
    /// What the commit says of itself where the user says nothing.
    var description: String
    var pieces: [PlacedFile] = []
    /// Small content that the transaction stores itself: that costs less than a batch of its own, and threads to fill it on.
    var carried: [(path: FilePath, bytes: [UInt8])] = []
    var mode = PutMode.overwrite
    var deletions: [FilePath] = []
    /// Whether what is deleted may be folders.
    var deletesFolders = false
    /// The root that the commit must have still; nil where it may have any.
    var base: ObjectID?
    var ifHead: HeadCondition?

    /// More bytes than this are stored before the transaction, so that those who wait for theirs do not wait for these.
    static let carriedByteCountMax = 16 * 1024

    /// Finds out whether all there is to put is one file that can be carried.
    /// - Returns: that file, if so, and otherwise all files, from the first one on.
    static func lookAhead(
        in files: FileUploads
    ) async throws -> (small: (path: FilePath, bytes: [UInt8])?, all: FileUploads) {
        var iterator = files.makeAsyncIterator()
        guard let first = try await iterator.next() else { return (nil, files) }
        guard let bytes = first.content.bytes, bytes.count <= carriedByteCountMax, !first.path.isRoot else {
            return (nil, files.preceded(by: [first]))
        }
        guard let second = try await iterator.next() else { return ((first.path, bytes), files) }
        return (nil, files.preceded(by: [first, second]))
    }
}

/// The commit that a change will go into, as far as it is known beforehand.
struct ChangeTarget: Sendable {
    var repo: RepoRow
    var reference: CommitReference
}

extension Engine {
    /// Makes a change: `prepare` stores content in the batch, without any name and without holding anybody up; then one transaction
    /// applies it to the commit that is current at that moment.
    func change(
        _ reference: CommitReference, ifHead: HeadCondition? = nil, prepare: (ChangeTarget, ObjectBatch) async throws -> FileChange
    ) async throws -> ChangeResult {
        // What can be refused is refused before any byte is taken in.
        let target = try await ledger.read { database in
            let (repo, branch, base) = try database.changeTarget(of: reference)
            try ifHead?.require(base?.id, of: Branch(repo: repo.name, name: branch))
            return ChangeTarget(repo: repo, reference: reference)
        }
        return try await ledger.withLease(on: [target.repo.name]) { try await change(target, prepare) }
    }

    private func change(
        _ target: ChangeTarget, _ prepare: (ChangeTarget, ObjectBatch) async throws -> FileChange
    ) async throws -> ChangeResult {
        let batch = try ledger.store(target.repo).makeBatch()
        let change: FileChange
        let objects: ObjectBatch.Outcome
        do {
            change = try await prepare(target, batch)
            if change.mode == .append {
                var append = FileAppend(change, batch, to: target, ledger)
                return try await append.land()
            }
            objects = try await blocking { try batch.finish() }
        } catch {
            batch.abandon()
            throw error
        }
        return try await ledger.write { transaction in
            try transaction.land(objects, in: target.repo)
            return try transaction.apply(change, to: target.reference)
        }
    }
}

extension Database {
    /// Where a change goes: into `base` where that is an open commit, the one that is named or that the branch has; else into a new one on the
    /// branch, behind `base`.
    func changeTarget(of reference: CommitReference) throws -> (repo: RepoRow, branch: BranchName, base: CommitRow?) {
        let repo = try existingRepo(reference.repo)
        if case .branch(let name) = reference.start, reference.steps.isEmpty {
            let branch = Branch(repo: reference.repo, name: name)
            try requireUserBranch(branch, to: .commit)
            return (repo, name, try head(of: branch))
        }
        let commit = try resolve(reference)
        try requireUserBranch(commit.link.branch, to: .commit)
        guard !commit.isFinished else {
            throw PachError(
                .conflict, "commit \(commit.link) has already finished", hint: "Name a branch; the change then makes a new commit there.")
        }
        return (repo, commit.branch, commit)
    }

    /// The tree that a change to `reference` would begin with; nil where there is none yet.
    func currentTree(of reference: CommitReference) throws -> ObjectID? {
        if case .branch(let name) = reference.start, reference.steps.isEmpty {
            return try head(of: Branch(repo: reference.repo, name: name))?.tree
        }
        return try resolve(reference).tree
    }
}

extension LedgerTransaction {
    /// Applies a change, and where it makes a commit of its own finishes that and lets jobs follow.
    func apply(_ change: FileChange, to reference: CommitReference) throws -> ChangeResult {
        let (repo, branchName, base) = try database.changeTarget(of: reference)
        let branch = Branch(repo: repo.name, name: branchName)
        try change.ifHead?.require(base?.id, of: branch)
        if let expected = change.base, base?.tree != expected {
            throw PachError(
                .preconditionFailed, "the files of \(branch) were changed meanwhile", hint: "Read them again and retry.")
        }
        let edited = try edit(repo) { store in
            let editor = TreeEditor()
            let root = try base?.tree ?? StorageFormat.writeEmptyRoot(to: store)
            for path in change.deletions {
                let file = FileReference(commit: reference, path: path)
                guard let node = try TreeReader(store).node(at: path, in: root) else { throw file.missing() }
                guard node.kind.isFile || change.deletesFolders else {
                    throw PachError(.invalidArgument, "\(file) is a folder", hint: "Give -r to delete it with everything below.")
                }
                try editor.delete(path)
            }
            for piece in change.pieces { try editor.put(piece.file, at: piece.path) }
            for (path, bytes) in change.carried { try editor.put(try FileIngest.store(bytes, to: store), at: path) }
            return try editor.apply(to: root, reader: store, writer: store)
        }
        let size = (base?.size ?? 0) + Int64(edited.delta.bytes)
        let info: CommitInfo
        if let base, !base.isFinished {
            try database.setTree(of: base, to: edited.root, size: size)
            info = try database.info(of: database.commit(seq: base.seq))
        } else {
            let commit = try makeCommit(
                .random(), on: branchName, in: repo, parent: base, origin: .user, description: change.description, tree: edited.root,
                size: size)
            try propagate(from: [branch], id: commit.id)
            info = CommitInfo(commit, state: .finished, parent: base?.link, provenance: [])
        }
        return ChangeResult(commit: info, pendingJobs: try database.countUnfinishedJobs())
    }
}
