import CLibgit2
import Files
import Glibc
public import Model

/// A ref and the object that it points at.
public struct RefTarget: Sendable, Hashable {
    public var name: RefName
    public var id: ObjectID

    public init(name: RefName, id: ObjectID) {
        self.name = name
        self.id = id
    }
}

/// Refs, loose and packed. Each change is durable when it returns (invariant 3), and is made only if the ref is as expected.
extension GitRepository {
    /// What a ref points at; nil where it does not exist.
    public func target(of name: RefName) throws(PachError) -> ObjectID? {
        try withHandle { (handle) throws(PachError) in
            var id = git_oid()
            let status = git_reference_name_to_id(&id, handle.pointer, name.description)
            if status == GIT_ENOTFOUND.rawValue { return nil }
            try GitError.check(status, "read the ref \(quoted(name.description))")
            return ObjectID(id)
        }
    }

    /// Points a ref at an object, if the ref is as expected.
    ///
    /// The object has to be durable (invariant 2): what `publish` and batches returned is, and what `objects` contains.
    ///
    /// - Throws: `notFound` where the object is neither in a pack nor loose; `conflict` where the ref is not as expected; `locked`
    ///   while a user's Git changes it.
    public func set(_ name: RefName, to id: ObjectID, expecting expectation: RefExpectation) throws(PachError) {
        if try !objects.contains(id) { _ = try objects.header(of: id) }
        try retryingOnce(of: name) { () throws(PachError) in
            try withHandle { (handle) throws(PachError) in try create(name, id, expectation, handle) }
        }
    }

    /// Removes a ref, if it is as expected. One that does not exist is as good as removed, unless an object was expected.
    ///
    /// - Throws: `conflict` where the ref is not as expected; `locked` while a user's Git changes it.
    public func delete(_ name: RefName, expecting expectation: RefExpectation) throws(PachError) {
        try retryingOnce(of: name) { () throws(PachError) in
            try withHandle { (handle) throws(PachError) in try remove(name, expectation, handle) }
        }
    }

    /// All refs below `prefix`, such as `refs/heads/`, in order of their names.
    public func refs(below prefix: String) throws(PachError) -> [RefTarget] {
        try withHandle { (handle) throws(PachError) in
            var iterator: OpaquePointer?
            // Here `*` matches slashes too. No ref's name has a character that means something in a glob.
            try GitError.check(git_reference_iterator_glob_new(&iterator, handle.pointer, prefix + "*"), "list the refs of \(quoted(path))")
            defer { git_reference_iterator_free(iterator) }
            var targets: [RefTarget] = []
            while true {
                var reference: OpaquePointer?
                let status = git_reference_next(&reference, iterator)
                if status == GIT_ITEROVER.rawValue { return targets.sorted { $0.name < $1.name } }
                try GitError.check(status, "list the refs of \(quoted(path))")
                defer { git_reference_free(reference) }
                // A symbolic ref has no target of its own; we make none, and it names what another ref names.
                guard let name = git_reference_name(reference), let target = git_reference_target(reference) else { continue }
                targets.append(RefTarget(name: try RefName(String(cString: name)), id: ObjectID(target.pointee)))
            }
        }
    }

    /// Moves all refs to the file that holds many, as `git pack-refs --all` does: those with files of their own take each reader of all refs
    /// a look each.
    /// - Throws: `locked` while a user's Git changes one.
    public func packRefs() throws(PachError) {
        try withHandle { (handle) throws(PachError) in
            var database: OpaquePointer?
            try GitError.check(git_repository_refdb(&database, handle.pointer), "open the refs of \(quoted(path))")
            defer { git_refdb_free(database) }
            do throws(PachError) {
                try GitError.check(git_refdb_compress(database), "pack the refs of \(quoted(path))")
            } catch {
                if GitError.isFailedSync(error) { calls.onSyncFailure(error) }
                throw error
            }
        }
    }

    private func create(
        _ name: RefName, _ id: ObjectID, _ expectation: RefExpectation, _ handle: borrowing Handle
    ) throws(PachError) {
        var reference: OpaquePointer?
        defer { git_reference_free(reference) }
        var target = id.gitID
        let status: Int32
        switch expectation {
        case .anything:
            status = git_reference_create(&reference, handle.pointer, name.description, &target, 1, nil)
        case .absent:
            status = git_reference_create(&reference, handle.pointer, name.description, &target, 0, nil)
        case .object(let expected):
            var expected = expected.gitID
            status = git_reference_create_matching(&reference, handle.pointer, name.description, &target, 1, &expected, nil)
        }
        try check(status, name, expectation)
    }

    private func remove(_ name: RefName, _ expectation: RefExpectation, _ handle: borrowing Handle) throws(PachError) {
        var reference: OpaquePointer?
        defer { git_reference_free(reference) }
        let found = git_reference_lookup(&reference, handle.pointer, name.description)
        if found == GIT_ENOTFOUND.rawValue, expectation == .anything || expectation == .absent { return }
        try check(found, name, expectation)
        switch expectation {
        case .anything: break
        case .absent: throw conflict(name, cause: "it exists")
        case .object(let expected):
            guard let target = git_reference_target(reference), ObjectID(target.pointee) == expected else {
                throw conflict(name, cause: "it points at another object than \(expected)")
            }
        }
        // Compares with what `lookup` saw, under the ref's lock.
        try check(git_reference_delete(reference), name, expectation)
        // libgit2 does not sync the folder that the name went from.
        let folder = name.description.split(separator: "/").dropLast().joined(separator: "/")
        if try Folder.status(of: "\(path)/\(folder)") != nil { try Folder.sync("\(path)/\(folder)", calls: calls) }
    }

    private func check(_ status: Int32, _ name: RefName, _ expectation: RefExpectation) throws(PachError) {
        switch git_error_code(status) {
        case GIT_EEXISTS where expectation == .absent, GIT_EMODIFIED:
            throw conflict(name, cause: GitError.error(status, "").cause)
        case GIT_ENOTFOUND:
            throw conflict(name, cause: "it does not exist")
        default:
            do throws(PachError) {
                try GitError.check(status, "change the ref \(quoted(name.description))")
            } catch {
                if GitError.isFailedSync(error) { calls.onSyncFailure(error) }
                throw error
            }
        }
    }

    private func conflict(_ name: RefName, cause: String?) -> PachError {
        PachError(.conflict, "Could not change the ref \(quoted(name.description)): it is not as expected", cause: cause)
    }

    /// A crash can leave a ref's lock file, and no Git would change that ref ever again. One that is too old to be at work
    /// is removed.
    private func retryingOnce(of name: RefName, _ body: () throws(PachError) -> Void) throws(PachError) {
        do throws(PachError) {
            try body()
        } catch {
            guard error.code == .locked, try removeStaleLocks(of: name) else { throw error }
            try body()
        }
    }

    private func removeStaleLocks(of name: RefName) throws(PachError) -> Bool {
        var removedAny = false
        for lock in ["\(name).lock", "packed-refs.lock"] where try isOlder(lock, than: Limits.refLockAgeSecondsMax) {
            try Folder.removeFile("\(path)/\(lock)")
            removedAny = true
        }
        return removedAny
    }
}

extension ObjectID {
    init(_ id: git_oid) {
        self = withUnsafeBytes(of: id.id) { ObjectID($0) }
    }

    var gitID: git_oid {
        var id = git_oid()
        withUnsafeMutableBytes(of: &id.id) { $0.copyBytes(from: bytes) }
        return id
    }
}
