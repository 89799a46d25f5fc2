import CLibgit2
import Files
public import Model
public import Storage
import Synchronization

/// What publishing wrote.
public struct PublishedPack: Sendable {
    public var name: PackName
    /// Bytes that other packs have too, until they are merged: what deltas refer to.
    public var repeatedByteCount: Int
}

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
    /// What new versions of listings are made deltas to.
    let deltaBases = DeltaBases()
    /// The packs that a collection or a backup holds, which are not merged; nil while there is none.
    let heldPacks = Mutex<Set<PackName>?>(nil)
    /// How many wait to hold packs: a merge that is under way gives way to them.
    let holdsWaiting = Atomic(0)
    /// Whether merges are over for good.
    let isGoing = Atomic(false)
    private let handle: Mutex<Handle>

    /// A `git_repository`, which one thread may use at a time (libgit2's docs/threading.md): guarded by `handle`.
    struct Handle: ~Copyable, @unchecked Sendable {
        let pointer: OpaquePointer

        init(opening path: String) throws(PachError) {
            try Libgit2.start()
            // libgit2 would wait for one that writes to a pipe.
            for name in ["config", "HEAD", FoundRefs.packedFile] where try Folder.status(of: "\(path)/\(name)")?.kind == .special {
                throw PachError(.inaccessible, "Could not open the repository \(quoted(path))", cause: "\(name) is not a regular file")
            }
            try ConfigIncludes.check("\(path)/config")
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
    public func makeBatch(base: (any ObjectReader)? = nil) throws(PachError) -> ObjectBatch {
        try format.requireWritable()
        return ObjectBatch(repository: self, base: base ?? objects)
    }

    /// Puts landed objects into one pack, durably, and with deltas what they refer to. Each is checked first (invariant 7): against its id,
    /// or, where it is a long listing's delta that this process made, by its stream's checksum: to apply it would take longer than all else.
    ///
    /// What another pack holds is written too: its copy there may be the damaged one that this one replaces. The same objects
    /// make the same pack, so that a repetition after a crash adds nothing.
    ///
    /// - Returns: nil where there was nothing to write.
    /// - Throws: `corrupt` where an object is damaged; nothing is written then.
    @discardableResult
    public func publish(_ landed: some Sequence<LandedObject>) throws(PachError) -> PublishedPack? {
        try format.requireWritable()
        let byID = Dictionary(landed.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        guard !byID.isEmpty else { return nil }
        let writer = try PackWriter(folder: objects.packFolder, calls: calls)
        let bases = Set(byID.values.compactMap { $0.basis?.id })
        // A base is whole in each pack that has deltas to it, so that no chain of deltas grows.
        for base in bases.sorted() { try append(base, byID, to: writer) }
        let repeatedByteCount = writer.byteCount
        for (id, object) in byID.sorted(by: { $0.key < $1.key }) where !bases.contains(id) {
            if object.basis?.isProven == true, object.size > Limits.rehashedListingByteCountMax {
                _ = try object.stream()
            } else {
                _ = try object.inflate { (id) throws(PachError) in try read(id, byID) }
            }
            try writer.append(object)
        }
        let pack = try writer.complete()
        try publish(pack)
        return PublishedPack(name: pack.name, repeatedByteCount: repeatedByteCount)
    }

    /// Those landed objects that cannot be read, and why: damaged themselves, or deltas to what is.
    public func damage(among landed: [ObjectID: LandedObject]) throws(PachError) -> [ObjectID: PachError] {
        var damaged: [ObjectID: PachError] = [:]
        for (id, object) in landed {
            do throws(PachError) {
                _ = try object.inflate { (base) throws(PachError) in try read(base, landed) }
            } catch {
                guard [.corrupt, .notFound, .tooLarge].contains(error.code) else { throw error }
                damaged[id] = error
            }
        }
        return damaged
    }

    /// Appends an object whole, as another pack has it where one does.
    private func append(_ base: ObjectID, _ landed: [ObjectID: LandedObject], to writer: PackWriter) throws(PachError) {
        if let object = landed[base], object.basis == nil {
            _ = try object.inflate()
            try writer.append(object)
        } else if let entry = try objects.wholeEntry(of: base) {
            try writer.append(entry: entry.bytes, crc: entry.crc, of: base)
        } else {
            try writer.append(LandedObject(try read(base, landed), id: base))
        }
    }

    /// An object that landed or is in a pack.
    private func read(_ id: ObjectID, _ landed: [ObjectID: LandedObject]) throws(PachError) -> StoredObject {
        guard let object = landed[id] else { return try objects.readBase(id) }
        return try object.inflate { (base) throws(PachError) in try read(base, landed) }
    }
}
