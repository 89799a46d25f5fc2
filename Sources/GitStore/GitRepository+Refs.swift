public import Model
import Synchronization

/// A ref and the object that it points at.
public struct RefTarget: Sendable, Hashable {
    public var name: RefName
    public var id: ObjectID

    public init(name: RefName, id: ObjectID) {
        self.name = name
        self.id = id
    }
}

/// Refs, loose and packed (gitrepository-layout(5)). Each change is durable when it returns (invariant 3), and is made only if the ref is as
/// expected. Other programs may read and change refs meanwhile, as all Gits do: who changes a file holds its lock, `packed-refs` counts only
/// for refs without a file, and so is written first where a ref goes from both.
extension GitRepository {
    /// What a ref points at, also by way of another ref; nil where it does not exist.
    /// - Throws: `corrupt` where its file says nothing that we understand.
    public func target(of name: RefName) throws(PachError) -> ObjectID? {
        var name = name
        for _ in 0...Limits.symbolicRefDepthMax {
            switch try looseRef(name.description) {
            case .object(let id): return id
            case .ref(let next): name = next
            case .damaged: throw PachError(.corrupt, "Could not read the ref \(quoted(name.description)): its file is damaged")
            case nil: return try packedRefs()?.targets[name.description]
            }
        }
        throw PachError(.corrupt, "Could not read the ref \(quoted(name.description)): it leads on and on")
    }

    /// Points a ref at an object, if the ref is as expected.
    ///
    /// The object has to be durable (invariant 2): what `publish` and batches returned is, and what `objects` contains.
    ///
    /// - Throws: `notFound` where the object is neither in a pack nor loose; `conflict` where the ref is not as expected, or another one's
    ///   name would have to be a folder for it; `locked` while a user's Git changes it.
    public func set(_ name: RefName, to id: ObjectID, expecting expectation: RefExpectation) throws(PachError) {
        if try !objects.contains(id) { _ = try objects.header(of: id) }
        try changing(name) { () throws(PachError) in
            try require(expectation, of: name)
            try makeRoom(for: name)
            return Array("\(id)\n".utf8)
        }
    }

    /// Removes a ref, if it is as expected. One that does not exist is as good as removed, unless an object was expected.
    ///
    /// - Throws: `conflict` where the ref is not as expected; `locked` while a user's Git changes it.
    public func delete(_ name: RefName, expecting expectation: RefExpectation) throws(PachError) {
        let isThere = try looseRef(name.description) != nil ? true : isPacked(name)
        if !isThere, expectation == .anything || expectation == .absent { return }
        try changing(name) { () throws(PachError) in
            try require(expectation, of: name)
            if try isPacked(name) {
                try locked(PackedRefs.fileName, for: name) { () throws(PachError) in try packedRefs()?.removing(name.description) }
            }
            // A folder that a user's Git left empty may have its name.
            if try looseRef(name.description) != nil { try Folder.removeFile("\(path)/\(name)") }
            return nil
        }
    }

    /// All refs below `prefix`, such as `refs/heads/`, in order of their names. A ref that names another is not among them.
    /// - Throws: `corrupt` where one of the repo is damaged.
    public func refs(below prefix: String) throws(PachError) -> [RefTarget] {
        let (refs, damaged) = try readableRefs()
        if let name = damaged.first { throw PachError(.corrupt, "Could not list the refs of \(quoted(path)): \(quoted(name)) is damaged") }
        return refs.filter { $0.name.description.hasPrefix(prefix) }
    }

    /// All refs that can be read, whatever else is there, in order of their names; and the names of the files that hold none, though they
    /// should. For a repo whose refs may be damaged: `refs(below:)` stops at the first that is.
    public func readableRefs() throws(PachError) -> (refs: [RefTarget], damaged: [String]) {
        var loose: [String: LooseRef] = [:]
        var folders = ["refs"]
        while let folder = folders.popLast() {
            for entry in try Folder.names(in: "\(path)/\(folder)") {
                let name = "\(folder)/\(entry)"
                if try Folder.status(of: "\(path)/\(name)", followingLinks: false)?.isFolder == true {
                    folders.append(name)
                } else if !name.hasSuffix(".lock") {
                    loose[name] = try looseRef(name)
                }
            }
        }
        // Read last: a ref that a user's Git puts there meanwhile loses its file only then.
        let packed = try packedRefs()
        var damaged = packed?.isDamaged == true ? [PackedRefs.fileName] : []
        var targets = packed?.targets ?? [:]
        for (name, ref) in loose {
            switch ref {
            case .object(let id): targets[name] = id
            case .ref: targets[name] = nil
            case .damaged:
                targets[name] = nil
                damaged.append(name)
            }
        }
        var refs: [RefTarget] = []
        for (name, id) in targets.sorted(by: { $0.key < $1.key }) {
            do throws(PachError) {
                refs.append(RefTarget(name: try RefName(name), id: id))
            } catch {
                damaged.append(name)
            }
        }
        return (refs, damaged.sorted())
    }

    /// Removes the file of a ref that `readableRefs` found damaged: no Git changes a ref that it cannot read.
    public func removeDamagedRef(_ name: String) throws(PachError) {
        try Folder.removeFile("\(path)/\(name)")
        try Folder.sync(Self.parent(of: "\(path)/\(name)"), calls: calls)
    }
}

/// What the file of a ref says.
private enum LooseRef: Equatable {
    case object(ObjectID)
    /// Another ref, which it stands for.
    case ref(RefName)
    case damaged
}

extension GitRepository {
    /// - Returns: nil where the ref has no file.
    private func looseRef(_ name: String) throws(PachError) -> LooseRef? {
        guard let bytes = try bytes(of: name) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("ref: ") {
            do { return .ref(try RefName(String(text.dropFirst(5).prefix { !$0.isWhitespace }))) } catch { return .damaged }
        }
        guard text.utf8.count == 41, text.hasSuffix("\n"), let id = ObjectID(hex: text.dropLast()) else { return .damaged }
        return .object(id)
    }

    /// - Returns: nil where there is no such file.
    private func packedRefs() throws(PachError) -> PackedRefs? {
        try bytes(of: PackedRefs.fileName).map { PackedRefs(parsing: $0) }
    }

    private func isPacked(_ name: RefName) throws(PachError) -> Bool {
        try packedRefs()?.targets[name.description] != nil
    }

    /// - Returns: nil where there is no such file, be it that it goes just now.
    private func bytes(of name: String) throws(PachError) -> [UInt8]? {
        guard let status = try Folder.status(of: "\(path)/\(name)"), !status.isFolder else { return nil }
        do throws(PachError) {
            return try File.bytes(of: "\(path)/\(name)")
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Whether the ref is as it should be. Whoever wants any is not told of a damaged one, and puts it right.
    private func require(_ expectation: RefExpectation, of name: RefName) throws(PachError) {
        if expectation == .anything { return }
        let target = try target(of: name)
        switch expectation {
        case .object(let expected) where target == nil: throw conflict(name, cause: "it does not exist, and should point at \(expected)")
        case .object(let expected) where target != expected: throw conflict(name, cause: "it points at another object than \(expected)")
        case .absent where target != nil: throw conflict(name, cause: "it exists")
        case .anything, .absent, .object: return
        }
    }

    private func conflict(_ name: RefName, cause: String) -> PachError {
        PachError(.conflict, "Could not change the ref \(quoted(name.description)): it is not as expected", cause: cause)
    }

    /// Makes sure that no ref's name is a folder of another's, which files do not allow and `packed-refs` must not. Folders that a user's Git
    /// left empty go.
    private func makeRoom(for name: RefName) throws(PachError) {
        if let status = try Folder.status(of: "\(path)/\(name)") {
            if !status.isFolder { return }
            guard try Folder.removeEmptyTree("\(path)/\(name)") else { throw conflict(name, cause: "there are refs below it") }
        }
        let other = try packedRefs()?.targets.keys.sorted().first {
            $0.hasPrefix("\(name)/") || name.description.hasPrefix($0 + "/")
        }
        if let other { throw conflict(name, cause: "there is a ref \(quoted(other))") }
    }

    /// Changes a ref under its lock, one thread at a time. A crash can leave a lock, and no Git would change that ref ever again: one that is
    /// too old to be at work is removed.
    /// - Parameter change: what the ref's file is to hold from then on; nil leaves the file to `change`.
    private func changing(_ name: RefName, _ change: () throws(PachError) -> [UInt8]?) throws(PachError) {
        try refLock.withLock { (_) throws(PachError) in
            try makeFolder(for: name)
            do throws(PachError) {
                try locked(name.description, for: name, change)
            } catch {
                guard error.code == .locked, try removeStaleLocks(of: name) else { throw error }
                try locked(name.description, for: name, change)
            }
        }
    }

    private func makeFolder(for name: RefName) throws(PachError) {
        var folder = "\(path)/refs"
        for part in name.description.split(separator: "/").dropFirst().dropLast() {
            let child = "\(folder)/\(part)"
            if let status = try Folder.status(of: child) {
                guard status.isFolder else { throw conflict(name, cause: "a part of it is a ref") }
            } else {
                try Folder.create(child)
                try Folder.sync(folder, calls: calls)
            }
            folder = child
        }
    }

    /// Changes a file while its lock is held: a new file beside it, which becomes the file (git's Documentation/technical/api-lockfile).
    /// - Throws: `locked` where another program holds it.
    private func locked(_ file: String, for name: RefName, _ change: () throws(PachError) -> [UInt8]?) throws(PachError) {
        let lock = "\(path)/\(file).lock"
        let fresh: File
        do throws(PachError) {
            fresh = try File.create(lock, calls: calls)
        } catch {
            guard error.code == .alreadyExists else { throw error }
            throw PachError(
                .locked, "Could not change the ref \(quoted(name.description)): another program holds \(quoted(lock))",
                hint: "Try again in a moment.")
        }
        do throws(PachError) {
            if let content = try change() {
                try fresh.write(content, at: 0)
                try fresh.sync()
                try Folder.rename(lock, to: "\(path)/\(file)", calls: calls)
            } else {
                try Folder.removeFile(lock)
            }
        } catch {
            // The first failure is the one to tell.
            try? Folder.removeFile(lock)
            throw error
        }
        try Folder.sync(Self.parent(of: lock), calls: calls)
    }

    private func removeStaleLocks(of name: RefName) throws(PachError) -> Bool {
        var removedAny = false
        for lock in ["\(name).lock", "\(PackedRefs.fileName).lock"] where try isOlder(lock, than: Limits.refLockAgeSecondsMax) {
            try Folder.removeFile("\(path)/\(lock)")
            removedAny = true
        }
        return removedAny
    }
}
