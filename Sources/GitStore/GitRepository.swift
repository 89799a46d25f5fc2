import CLibgit2
public import Model
public import Storage
import Synchronization

/// A repo on disk: a bare Git repository which any stock Git reads.
///
/// Objects are read and written by our own code (`objects`, `ObjectBatch`); refs and config are libgit2's. This target is
/// the only one that imports it. Calls block; they belong on a lane, not on the cooperative pool.
public final class GitRepository: Sendable {
    /// Where the repository is: a folder whose name ends in `.git`.
    public let path: String
    /// What the repo's config says of its files.
    public let format: RepositoryFormat
    public let objects: RepositoryObjects

    let calls: FileCalls
    /// Held while packs are merged: two merges of the same packs would only do the work twice.
    let mergeLock = Mutex(())
    /// Whether a collection or a backup is under way: packs are not merged then.
    let packsAreHeld = Atomic(false)
    private let handle: Mutex<Handle>

    /// A `git_repository`, which one thread may use at a time (libgit2's docs/threading.md): guarded by `handle`.
    struct Handle: ~Copyable, @unchecked Sendable {
        let pointer: OpaquePointer

        init(opening path: String) throws(PachError) {
            try Libgit2.start()
            var opened: OpaquePointer?
            let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue | GIT_REPOSITORY_OPEN_BARE.rawValue
            try GitError.check(git_repository_open_ext(&opened, path, flags, nil), "open the repository \(quoted(path))")
            guard let opened else { throw PachError(.io, "Could not open the repository \(quoted(path))") }
            pointer = opened
        }

        deinit {
            git_repository_free(pointer)
        }
    }

    /// Opens a repo.
    ///
    /// - Parameter files: bounds the pack files that are open; shared by the repos of a data root.
    /// - Throws: `notFound`; `corrupt` where its config does not say how files are stored.
    public convenience init(opening path: String, files: OpenFiles) throws(PachError) {
        try self.init(opening: path, files: files, calls: FileCalls(onSyncFailure: files.onSyncFailure))
    }

    init(opening path: String, files: OpenFiles, calls: FileCalls) throws(PachError) {
        let handle = try Handle(opening: path)
        self.path = path
        self.calls = calls
        format = try RepositoryFormat(recordedIn: handle)
        objects = try RepositoryObjects(folder: "\(path)/objects", files: files)
        self.handle = Mutex(handle)
    }

    /// Lets one thread at a time use the handle.
    func withHandle<Value: Sendable>(_ body: (borrowing Handle) throws(PachError) -> Value) throws(PachError) -> Value {
        try handle.withLock { (handle) throws(PachError) in try body(handle) }
    }

    /// A new batch of objects for one commit.
    ///
    /// - Parameter base: where objects are that need not be written again; it may know more than the repo's packs, such as
    ///   objects that have only landed. What it `contains` must be durable.
    public func makeBatch(base: (any ObjectReader)? = nil, options: ObjectBatch.Options = .init()) throws(PachError) -> ObjectBatch {
        try format.requireWritable()
        return ObjectBatch(repository: self, base: base ?? objects, options: options)
    }

    /// Puts landed objects into one pack, durably. Each is checked against its id first (invariant 7).
    ///
    /// What another pack holds is written too: its copy there may be the damaged one that this one replaces. The same objects
    /// in the same order make the same pack, so that a repetition after a crash adds nothing.
    ///
    /// - Returns: nil where there was nothing to write.
    /// - Throws: `corrupt` where an object is damaged; nothing is written then.
    @discardableResult
    public func publish(_ landed: some Sequence<LandedObject>) throws(PachError) -> PackName? {
        try format.requireWritable()
        var writer: PackWriter?
        var written: Set<ObjectID> = []
        for object in landed where written.insert(object.id).inserted {
            _ = try object.inflate()
            if writer == nil { writer = try PackWriter(folder: objects.packFolder, calls: calls) }
            try writer?.append(object)
        }
        guard let writer else { return nil }
        let pack = try writer.complete()
        return try objects.naming.withLock { (_) throws(PachError) in
            try CompletedPack.publish([pack], in: objects.packFolder, calls: calls)
            try objects.add(pack.name)
            return pack.name
        }
    }
}
