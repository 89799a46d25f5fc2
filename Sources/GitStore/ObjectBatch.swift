import Dispatch
public import Files
public import Model
public import Storage
import Synchronization

/// The new objects of a commit under construction. Any number of threads may write and read.
///
/// While they are few they stay in memory, to land in the database; beyond `Limits.heldByteCountMax` they go to packs of
/// bounded size under temporary names, which `finish` makes durable and names. Until then nobody else sees any of them, so
/// `abandon` takes back all.
///
/// Hashing and deflating happen outside the lock, on the threads of the callers, of `HashLanes` and of `ObjectThreads`. A failed write
/// ends the batch: whatever is called afterwards fails alike (invariant 7).
public final class ObjectBatch: ObjectReader, ObjectWriter {
    /// What a finished batch consists of.
    public enum Outcome: Sendable, Hashable {
        /// Few objects, none of them durable yet.
        case small([LandedObject])
        /// Packs that are durable and have their names.
        case packed([PackName])
    }

    private struct State {
        var held = HeldObjects()
        var packs: PackSeries
        /// Why nothing more is taken.
        var end: PachError?

        var isSmall: Bool { packs.isEmpty }

        func contains(_ id: ObjectID) -> Bool { held.contains(id) || packs.contains(id) }
    }

    private let repository: GitRepository
    private let base: any ObjectReader
    private let state: Mutex<State>
    /// For objects that are being named, or wait for a thread, over all batches: each may hold on to a piece of a file.
    private static let slots = Slots(count: Limits.handedOverCountMax)

    /// Objects that are being named.
    private let naming = DispatchGroup()
    /// Objects that wait for a thread.
    private let named = NamedObjects()
    /// What the threads of the pool do for this batch.
    private let handedOver = DispatchGroup()

    init(
        repository: GitRepository, base: any ObjectReader, packByteCount: Int = Limits.packByteCount,
        openPackCountMax: Int = Limits.openPackCountMax
    ) {
        self.repository = repository
        self.base = base
        state = Mutex(State(packs: PackSeries(in: repository, packByteCount: packByteCount, openCountMax: openPackCountMax)))
    }

    deinit {
        // Nobody else uses the batch any more, and nothing is handed over: that would hold on to it.
        discard()
    }

    // MARK: Writing

    public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
        let id = ObjectHash.id(of: kind, bytes)
        if let full = try store(kind, bytes, as: id, deflated: { [ByteSlice(Deflater.deflate(bytes))] }) {
            complete(full)
            try change { (_) throws(PachError) in }
        }
        return id
    }

    /// Stores a listing that was made from another one as a delta, as long as the batch is small; any other object whole.
    public func write(_ kind: ObjectKind, _ bytes: [UInt8], madeFrom other: ObjectID?) throws(PachError) -> ObjectID {
        guard kind == .tree, let other, bytes.count >= Limits.deltaFromByteCount else { return try write(kind, bytes) }
        let id = bytes.withBytes { ObjectHash.id(of: kind, $0) }
        if try bytes.withBytes({ (bytes) throws(PachError) in try exists(id, kind, bytes) }) { return id }
        guard let delta = try delta(to: other, of: bytes, id), try hold(delta) else { return try write(kind, bytes) }
        return id
    }

    /// - Returns: nil where a delta would be of no use.
    private func delta(to other: ObjectID, of bytes: [UInt8], _ id: ObjectID) throws(PachError) -> LandedObject? {
        guard state.withLock({ $0.isSmall }) else { return nil }
        var basis = repository.deltaBases.basis(for: other, byteCount: bytes.count)
        // What the delta refers to has to stay: it is durable, or becomes so together with it (invariant 2).
        guard try contains(basis.base) else { return nil }
        guard let base = try soundObject(basis.base) else { return nil }
        let delta = base.bytes.withBytes { base in
            bytes.withBytes { Delta.make(of: $0, from: base, byteCountMax: Int(Double(bytes.count) * Limits.deltaShareMax)) }
        }
        guard base.kind == .tree, let delta else { return nil }
        let deflated = delta.withBytes { Deflater.deflate($0) }
        basis.spentByteCount += deflated.count
        repository.deltaBases.note(id, basis)
        var made = LandedObject.Basis(id: basis.base, deltaByteCount: delta.count)
        made.isProven = true
        return LandedObject(id: id, kind: .tree, size: bytes.count, deflated: deflated, basis: made)
    }

    /// An object; nil where it is damaged, or was removed meanwhile.
    private func soundObject(_ id: ObjectID) throws(PachError) -> StoredObject? {
        do throws(PachError) {
            return try read(id)
        } catch {
            guard error.code == .corrupt || error.code == .notFound else { throw error }
            return nil
        }
    }

    /// Lets packs end where the objects will, as far as that can be foreseen.
    public func expect(objectCount: Int, byteCount: Int) {
        state.withLock { $0.packs.expect(objectCount: objectCount, byteCount: byteCount) }
    }

    /// Hashes the objects together, where that is faster, then deflates and appends each: on a thread of the pool, where one has nothing to
    /// do, else on that of whoever waits for one of them.
    public func beginWriting(_ kind: ObjectKind, _ objects: [ByteSlice]) -> [PendingObject] {
        objects.map { bytes in
            let stored = Promise<Result<ObjectID, PachError>>()
            if HashLanes.isFasterTogether, Limits.handedOverByteCounts.contains(bytes.count) {
                return beginNaming(kind, bytes, stored)
            }
            let work: @Sendable () -> Void = {
                let id = bytes.withBytes { ObjectHash.id(of: kind, $0) }
                self.store(kind, bytes, as: id, stored)
            }
            if !Limits.handedOverByteCounts.contains(bytes.count) || !ObjectThreads.runNow(in: handedOver, work) { work() }
            return PendingObject { () throws(PachError) in try stored.value.get() }
        }
    }

    private func beginNaming(_ kind: ObjectKind, _ bytes: ByteSlice, _ stored: Promise<Result<ObjectID, PachError>>) -> PendingObject {
        let message = ObjectHash.message(for: kind, byteCount: bytes.count)
        let isNamed = Promise<Void>()
        let slot = Self.slots.take()
        naming.enter()
        // What is in the lanes does not keep a batch that nobody wants any more, nor does the thread that hashes, which must not end one.
        let storeOnThread: ObjectThreads.Work = { [weak self] in self?.storeNextOnThread() }
        HashLanes.shared.add([bytes], to: message) { [naming, named] in
            let object = NamedObject(id: message.checksum, kind: kind, bytes: bytes, stored: stored, slot: slot)
            if named.append(object) { ObjectThreads.run(storeOnThread) }
            isNamed.fulfill(())
            naming.leave()
        }
        return PendingObject { () throws(PachError) in
            if !isNamed.isFulfilled { HashLanes.shared.awaiting { isNamed.value } }
            // It may be that no thread is free for it.
            while !stored.isFulfilled, self.named.storeNext({ self.store($0) }) {}
            return try stored.value.get()
        }
    }

    /// One at a time, so that other batches have their turn.
    private func storeNextOnThread() {
        guard named.storeNext(isThread: true, { store($0) }) else { return }
        ObjectThreads.run { [weak self] in self?.storeNextOnThread() }
    }

    private func store(_ object: NamedObject) {
        store(object.kind, object.bytes, as: object.id, object.stored)
    }

    private func store(_ kind: ObjectKind, _ bytes: ByteSlice, as id: ObjectID, _ stored: Promise<Result<ObjectID, PachError>>) {
        let full: PackWriter?
        do throws(PachError) {
            full = try bytes.withBytes { (content) throws(PachError) in
                try store(kind, content, as: id, deflated: { Deflater.pieces(of: bytes) })
            }
        } catch {
            return stored.fulfill(.failure(error))
        }
        // Who waits for the object need not wait for the pack that it filled.
        stored.fulfill(.success(id))
        if let full { complete(full) }
    }

    /// - Parameter deflated: makes the zlib stream of `bytes`.
    /// - Returns: a pack that is full now, for the caller to complete.
    private func store(
        _ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, as id: ObjectID, deflated: () -> [ByteSlice]
    ) throws(PachError) -> PackWriter? {
        if try exists(id, kind, bytes) {
            state.withLock { $0.packs.noteArrival(byteCount: bytes.count) }
            return nil
        }
        let (isNew, full) = try append(PackEntry(id: id, kind: kind, size: bytes.count, stream: deflated()))
        // Another thread stored the same id meanwhile: that, too, may be another content (invariant 7).
        if !isNew { _ = try exists(id, kind, bytes) }
        return full
    }

    /// Keeps a delta in memory, where there is room: a pack refers to nothing outside of itself.
    /// - Returns: whether the batch has its object now.
    private func hold(_ delta: LandedObject) throws(PachError) -> Bool {
        let entry = PackEntry(delta)
        return try change { (state) throws(PachError) in
            if state.contains(entry.id) { return true }
            guard state.isSmall, state.held.hasRoom(for: entry) else { return false }
            state.held.append(entry)
            return true
        }
    }

    /// - Returns: whether the batch did not have it, and a pack that is full now, for the caller to complete.
    private func append(_ entry: PackEntry) throws(PachError) -> (isNew: Bool, full: PackWriter?) {
        try change { (state) throws(PachError) in
            if state.contains(entry.id) { return (false, nil) }
            if state.isSmall {
                if state.held.hasRoom(for: entry) {
                    state.held.append(entry)
                    return (true, nil)
                }
                try state.packs.begin(with: state.held, then: entry, base: base)
                state.held = HeldObjects()
            }
            return (true, try state.packs.append(entry))
        }
    }

    /// Makes what was written ready to be named. No other call may be under way, and none may follow but reads through the repo.
    ///
    /// - Returns: `small` objects, for the caller to make durable, or packs that are durable already (invariant 2).
    public func finish() throws(PachError) -> Outcome {
        waitForAll()
        let (landed, last) = try change { (state) throws(PachError) -> ([LandedObject]?, [PackWriter]) in
            precondition(!state.packs.isClosing, "a batch is finished once its writers are done")
            guard state.isSmall else { return (nil, try state.packs.closeLast()) }
            state.end = Self.isOver
            return (state.held.objects, [])
        }
        if let landed { return .small(landed) }
        // Side by side, so that their syncs share the disk's time.
        DispatchQueue.concurrentPerform(iterations: last.count) { complete(last[$0]) }
        return try change { (state) throws(PachError) in
            let packs = state.packs.completed
            try repository.objects.publish(packs, calls: repository.calls)
            state.packs.handOver()
            state.end = Self.isOver
            return .packed(packs.map(\.name))
        }
    }

    /// Takes back all that was written. No other call may be under way. Does nothing after `finish`.
    public func abandon() {
        state.withLock { $0.end = $0.end ?? Self.isOver }
        waitForAll()
        discard()
    }

    private func waitForAll() {
        HashLanes.shared.awaiting { naming.wait() }
        while named.storeNext({ store($0) }) {}
        named.waitForTaken()
        handedOver.wait()
    }

    private func discard() {
        state.withLock { state in
            state.packs.abandon()
            state.held = HeldObjects()
        }
    }

    /// Changes the state; a failure ends the batch.
    private func change<Value: Sendable>(_ body: (inout State) throws(PachError) -> Value) throws(PachError) -> Value {
        try state.withLock { (state) throws(PachError) in
            if let end = state.end { throw end }
            do throws(PachError) {
                return try body(&state)
            } catch {
                state.end = error
                throw error
            }
        }
    }

    private static let isOver = PachError(.stopped, "the batch of objects is finished or abandoned")

    /// Whether the batch or its base has an object, the same to the last byte. It is read and compared: that finds damage, which is then written
    /// again, and two contents with one id (invariants 2 and 7).
    private func exists(_ id: ObjectID, _ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> Bool {
        let isOwn = try change { (state) throws(PachError) in state.contains(id) }
        if !isOwn {
            guard try base.contains(id) else { return false }
        }
        let existing: StoredObject
        do throws(PachError) {
            existing = try read(id)
        } catch {
            // Damaged, or removed meanwhile: a new copy makes it good.
            if !isOwn, error.code == .corrupt || error.code == .notFound { return false }
            throw error
        }
        guard existing.kind == kind, existing.bytes.withBytes({ $0.equals(bytes) }) else {
            throw PachError(.corrupt, "object \(id) exists with other content", cause: "two contents have the same SHA-1")
        }
        return true
    }

    /// Completes a full pack. Syncing takes long, so it happens outside the lock; nobody else calls the writer then.
    ///
    /// A failure ends the batch: the next call throws it, and at last `finish`.
    private func complete(_ writer: PackWriter) {
        do throws(PachError) {
            let pack = try writer.complete()
            let file = try PackFile(pack.name, base: pack.base, files: repository.objects.files)
            state.withLock { $0.packs.complete(writer, as: pack, file) }
        } catch {
            state.withLock { $0.end = $0.end ?? error }
        }
    }

    // MARK: Reading

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        switch try place(of: id) {
        case .memory(let object):
            return try object.inflate { (base) throws(PachError) in try read(base) }
        case .packs(.entry(let data, let offset)):
            let object = try data.object(at: offset, find: { _ in nil })
            guard ObjectHash.id(of: object.kind, object.bytes) == id else {
                throw PachError(.corrupt, "object \(id) is damaged", cause: "its bytes do not hash to its id")
            }
            return object
        case .packs(.pack(let file)):
            guard let object = try file.read(id) else { throw RepositoryObjects.missing(id) }
            return object
        case nil:
            return try base.read(id)
        }
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        switch try place(of: id) {
        case .memory(let object):
            return ObjectHeader(kind: object.kind, size: object.size)
        case .packs(.entry(let data, let offset)):
            return try data.objectHeader(at: offset, find: { _ in nil })
        case .packs(.pack(let file)):
            guard let header = try file.header(of: id) else { throw RepositoryObjects.missing(id) }
            return header
        case nil:
            return try base.header(of: id)
        }
    }

    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if state.withLock({ $0.contains(id) }) { return true }
        return try base.contains(id)
    }

    /// Where the batch has an object.
    private enum Place {
        case memory(LandedObject)
        case packs(PackSeries.Place)
    }

    private func place(of id: ObjectID) throws(PachError) -> Place? {
        try state.withLock { (state) throws(PachError) in
            if let held = state.held[id] { return .memory(held) }
            return try state.packs.place(of: id).map { .packs($0) }
        }
    }
}
