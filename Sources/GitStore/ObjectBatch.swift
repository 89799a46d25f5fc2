import Dispatch
public import Model
public import Storage
import Synchronization

/// The new objects of a commit under construction. Any number of threads may write and read.
///
/// While they are few they stay in memory, to land in the database; beyond `Limits.landedByteCountMax` they go to packs of
/// bounded size under temporary names, which `finish` makes durable and names. Until then nobody else sees any of them, so
/// `abandon` takes back all.
///
/// Hashing and deflating happen outside the lock, on the threads of the callers and on those of `ObjectLanes`. A failed write
/// ends the batch: whatever is called afterwards fails alike (invariant 7).
public final class ObjectBatch: ObjectReader, ObjectWriter {
    public struct Options: Sendable {
        /// Whether an object that is there already is read and compared, byte by byte, with the one that is written.
        /// It finds both damage, which is then written again, and two contents with one id (invariants 2 and 7).
        public var comparesDuplicates: Bool

        public init(comparesDuplicates: Bool = true) {
            self.comparesDuplicates = comparesDuplicates
        }
    }

    /// What a finished batch consists of.
    public enum Outcome: Sendable, Hashable {
        /// Few objects, none of them durable yet.
        case small([LandedObject])
        /// Packs that are durable and have their names.
        case packed([PackName])
    }

    private struct State {
        var landed: [LandedObject] = []
        var landedIndexes: [ObjectID: Int] = [:]
        var landedByteCount = 0
        /// The pack that is being filled.
        var open: OpenPack?
        /// Full packs that a thread is completing.
        var closing: [ClosingPack] = []
        var completed: [(pack: CompletedPack, file: PackFile)] = []
        /// What the last full pack had.
        var lastPackSize = (byteCount: 1, objectCount: 1)
        /// Why nothing more is taken.
        var end: PachError?
    }

    private struct OpenPack {
        let writer: PackWriter
        var offsets: [ObjectID: Int] = [:]
    }

    private struct ClosingPack {
        let writer: PackWriter
        /// Its entries, for readers: the writer belongs to the thread that completes it.
        let data: PackData
        let offsets: [ObjectID: Int]

        init(_ pack: OpenPack) throws(PachError) {
            writer = pack.writer
            data = try pack.writer.data()
            offsets = pack.offsets
        }
    }

    private let repository: GitRepository
    private let base: any ObjectReader
    private let options: Options
    private let state = Mutex(State())
    private let packByteCount: Int
    /// What the threads of the pool do for this batch.
    private let handedOver = DispatchGroup()

    init(repository: GitRepository, base: any ObjectReader, options: Options, packByteCount: Int = Limits.packByteCount) {
        self.repository = repository
        self.base = base
        self.options = options
        self.packByteCount = packByteCount
    }

    deinit {
        // Nobody else uses the batch any more, and nothing is handed over: that would hold on to it.
        discard()
    }

    // MARK: Writing

    public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
        let (id, full) = try store(kind, bytes) { [Deflater.deflate(bytes)[...]] }
        if let full { try complete(full) }
        return id
    }

    /// Stores a listing that was made from another one as a delta, as long as the batch is small; any other object whole.
    public func write(_ kind: ObjectKind, _ bytes: [UInt8], madeFrom other: ObjectID?) throws(PachError) -> ObjectID {
        guard kind == .tree, let other, bytes.count >= Limits.deltaFromByteCount else { return try write(kind, bytes) }
        let id = bytes.withBytes { ObjectHash.id(of: kind, $0) }
        if try bytes.withBytes({ (bytes) throws(PachError) in try exists(id, kind, bytes) }) { return id }
        guard let delta = try delta(to: other, of: bytes, id) else { return try write(kind, bytes) }
        try add(delta)
        return id
    }

    /// - Returns: nil where a delta would be of no use.
    private func delta(to other: ObjectID, of bytes: [UInt8], _ id: ObjectID) throws(PachError) -> LandedObject? {
        guard state.withLock({ $0.open == nil && $0.completed.isEmpty && $0.closing.isEmpty }) else { return nil }
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

    /// Hashes, deflates and appends on a thread of the pool, where one has nothing to do.
    public func beginWriting(_ kind: ObjectKind, _ bytes: ArraySlice<UInt8>) -> PendingObject {
        let promise = Promise<Result<ObjectID, PachError>>()
        let work: @Sendable () -> Void = {
            let stored = self.stored(kind, bytes)
            // Who waits for the object need not wait for the pack that it filled.
            promise.fulfill(stored.map { $0.id })
            guard case .success((_, let full?)) = stored else { return }
            do throws(PachError) {
                try self.complete(full)
            } catch {
                // It has ended the batch: the next call throws it, and at last `finish`.
            }
        }
        if Limits.handedOverByteCounts.contains(bytes.count), let lane = ObjectLanes.take() {
            lane.run(in: handedOver, work)
        } else {
            work()
        }
        return PendingObject { () throws(PachError) in try promise.value.get() }
    }

    private func stored(_ kind: ObjectKind, _ bytes: ArraySlice<UInt8>) -> Result<(id: ObjectID, full: PackWriter?), PachError> {
        do throws(PachError) {
            return .success(
                try bytes.withBytes { (content) throws(PachError) in try store(kind, content) { Deflater.pieces(of: bytes) } })
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter deflated: makes the zlib stream of `bytes`.
    /// - Returns: also a pack that is full now, for the caller to complete.
    private func store(
        _ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer, deflated: () -> [ArraySlice<UInt8>]
    ) throws(PachError) -> (id: ObjectID, full: PackWriter?) {
        let id = id(of: kind, bytes)
        if try exists(id, kind, bytes) { return (id, nil) }
        let (isNew, full) = try append(PackEntry(id: id, kind: kind, size: bytes.count, stream: deflated()))
        // Another thread stored the same id meanwhile: that, too, may be another content (invariant 7).
        if !isNew { _ = try exists(id, kind, bytes) }
        return (id, full)
    }

    /// Hashes an object; a large one together with the pack that is being filled.
    private func id(of kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) -> ObjectID {
        guard bytes.count >= Limits.handedOverByteCounts.lowerBound, let trailer = state.withLock({ $0.open?.writer.trailer }) else {
            return ObjectHash.id(of: kind, bytes)
        }
        return trailer.id(of: kind, bytes)
    }

    /// Adds an object in its deflated form, unless the batch or its base has it.
    /// - Parameter object: checked against its id before, since it is copied as it is.
    public func add(_ object: LandedObject) throws(PachError) {
        if let full = try append(PackEntry(object)).full { try complete(full) }
    }

    /// - Returns: whether the batch did not have it, and a pack that is full now, for the caller to complete.
    private func append(_ entry: PackEntry) throws(PachError) -> (isNew: Bool, full: PackWriter?) {
        try change { (state) throws(PachError) in
            if Self.holds(entry.id, state) { return (false, nil) }
            return (true, try append(entry, to: &state))
        }
    }

    /// Makes what was written ready to be named. No other call may be under way, and none may follow but reads through the repo.
    ///
    /// - Returns: `small` objects, for the caller to make durable, or packs that are durable already (invariant 2).
    public func finish() throws(PachError) -> Outcome {
        handedOver.wait()
        let (landed, last) = try change { (state) throws(PachError) -> ([LandedObject]?, PackWriter?) in
            precondition(state.closing.isEmpty, "a batch is finished once its writers are done")
            guard state.open != nil || !state.completed.isEmpty else {
                state.end = Self.isOver
                return (state.landed, nil)
            }
            guard let last = state.open else { return (nil, nil) }
            state.open = nil
            state.closing.append(try ClosingPack(last))
            return (nil, last.writer)
        }
        if let landed { return .small(landed) }
        if let last { try complete(last) }
        return try change { (state) throws(PachError) in
            let packs = state.completed.map(\.pack)
            try repository.objects.naming.withLock { (_) throws(PachError) in
                try CompletedPack.publish(packs, in: repository.objects.packFolder, calls: repository.calls)
                state.completed = []
                state.end = Self.isOver
                for pack in packs {
                    repository.objects.files.forget("\(pack.base).pack")
                    try repository.objects.add(pack.name)
                }
            }
            return .packed(packs.map(\.name))
        }
    }

    /// Takes back all that was written. No other call may be under way. Does nothing after `finish`.
    public func abandon() {
        state.withLock { $0.end = $0.end ?? Self.isOver }
        handedOver.wait()
        discard()
    }

    private func discard() {
        state.withLock { state in
            state.open?.writer.abandon()
            for pack in state.closing { pack.writer.abandon() }
            for (pack, _) in state.completed { pack.abandon() }
            state.open = nil
            state.closing = []
            state.completed = []
            state.landed = []
            state.landedIndexes = [:]
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

    /// Whether the batch or its base has an object, the same to the last byte.
    private func exists(_ id: ObjectID, _ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> Bool {
        let isOwn = try change { (state) throws(PachError) in Self.holds(id, state) }
        if !isOwn {
            guard try base.contains(id) else { return false }
        }
        guard options.comparesDuplicates else { return true }
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

    /// - Returns: a pack that is full now, for the caller to complete outside the lock.
    private func append(_ entry: PackEntry, to state: inout State) throws(PachError) -> PackWriter? {
        if state.open == nil, state.completed.isEmpty, state.closing.isEmpty {
            if state.landedByteCount + entry.streamByteCount <= Limits.landedByteCountMax {
                state.landedIndexes[entry.id] = state.landed.count
                state.landed.append(entry.landed)
                state.landedByteCount += entry.streamByteCount
                return nil
            }
            let expected = expectedObjectCount(
                byteCount: state.landedByteCount + entry.streamByteCount, count: state.landed.count + 1, state)
            var pack = OpenPack(writer: try makeWriter(expectedObjectCount: expected))
            for landed in state.landed {
                pack.offsets[landed.id] = try pack.writer.append(landed.basis == nil ? landed : whole(landed, state))
            }
            state.open = pack
            state.landed = []
            state.landedIndexes = [:]
        }
        if state.open == nil {
            let (byteCount, objectCount) = state.lastPackSize
            let expected = expectedObjectCount(byteCount: byteCount, count: objectCount, state)
            state.open = OpenPack(writer: try makeWriter(expectedObjectCount: expected))
        }
        guard var pack = state.open.take() else { preconditionFailure("a pack is open") }
        pack.offsets[entry.id] = try pack.writer.append(entry)
        if !isFull(pack.writer, state) {
            state.open = pack
            return nil
        }
        state.lastPackSize = (pack.writer.byteCount, pack.writer.objectCount)
        state.closing.append(try ClosingPack(pack))
        return pack.writer
    }

    /// What a pack should have. Packs of one stream grow, or a long one would leave too many to search.
    private func wantedByteCount(_ state: borrowing State) -> Int {
        packByteCount << min(state.completed.count + state.closing.count, Limits.packDoublingCountMax)
    }

    /// How many objects a pack of the right size will have, if they go on as these `count` were.
    private func expectedObjectCount(byteCount: Int, count: Int, _ state: borrowing State) -> Int {
        max(1, min(wantedByteCount(state) * count / byteCount, Limits.packObjectCountMax))
    }

    /// A pack ends with the object that was expected to be its last, unless it is far from the right size then.
    private func isFull(_ writer: PackWriter, _ state: borrowing State) -> Bool {
        let wanted = wantedByteCount(state)
        if writer.objectCount >= Limits.packObjectCountMax || writer.byteCount >= 2 * wanted { return true }
        if writer.objectCount < writer.expectedObjectCount { return false }
        return writer.byteCount >= (writer.isAsExpected ? wanted / 2 : wanted)
    }

    /// A delta's object in full: a pack refers to nothing outside of itself.
    private func whole(_ object: LandedObject, _ state: borrowing State) throws(PachError) -> LandedObject {
        LandedObject(try inflate(object, state), id: object.id)
    }

    private func inflate(_ object: LandedObject, _ state: borrowing State) throws(PachError) -> StoredObject {
        let landed = state.landed
        let indexes = state.landedIndexes
        func read(_ id: ObjectID) throws(PachError) -> StoredObject {
            guard let index = indexes[id] else { return try base.read(id) }
            return try landed[index].inflate(base: read)
        }
        return try object.inflate(base: read)
    }

    private func makeWriter(expectedObjectCount: Int) throws(PachError) -> PackWriter {
        try PackWriter(folder: repository.objects.packFolder, calls: repository.calls, expectedObjectCount: expectedObjectCount)
    }

    /// Completes a pack of `closing`. Syncing takes long, so it happens outside the lock; nobody else calls the writer then.
    private func complete(_ writer: PackWriter) throws(PachError) {
        do throws(PachError) {
            let pack = try writer.complete()
            let file = try PackFile(pack.name, base: pack.base, files: repository.objects.files)
            state.withLock { state in
                state.closing.removeAll { $0.writer === writer }
                state.completed.append((pack, file))
            }
        } catch {
            state.withLock { $0.end = $0.end ?? error }
            throw error
        }
    }

    // MARK: Reading

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        switch try locate(id) {
        case .landed(let object):
            return try object.inflate { (base) throws(PachError) in try read(base) }
        case .entry(let data, let offset):
            let object = try data.object(at: offset, find: { _ in nil })
            guard ObjectHash.id(of: object.kind, object.bytes) == id else {
                throw PachError(.corrupt, "object \(id) is damaged", cause: "its bytes do not hash to its id")
            }
            return object
        case .pack(let file):
            guard let object = try file.read(id) else { throw RepositoryObjects.missing(id) }
            return object
        case nil:
            return try base.read(id)
        }
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        switch try locate(id) {
        case .landed(let object):
            return ObjectHeader(kind: object.kind, size: object.size)
        case .entry(let data, let offset):
            return try data.objectHeader(at: offset, find: { _ in nil })
        case .pack(let file):
            guard let header = try file.header(of: id) else { throw RepositoryObjects.missing(id) }
            return header
        case nil:
            return try base.header(of: id)
        }
    }

    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if holds(id) { return true }
        return try base.contains(id)
    }

    /// Where the batch has an object.
    private enum Place {
        case landed(LandedObject)
        case entry(PackData, Int)
        case pack(PackFile)
    }

    private func locate(_ id: ObjectID) throws(PachError) -> Place? {
        try state.withLock { (state) throws(PachError) in
            if let index = state.landedIndexes[id] { return .landed(state.landed[index]) }
            if let open = state.open, let offset = open.offsets[id] { return .entry(try open.writer.data(), offset) }
            for pack in state.closing {
                if let offset = pack.offsets[id] { return .entry(pack.data, offset) }
            }
            return state.completed.first { $0.file.contains(id) }.map { .pack($0.file) }
        }
    }

    private func holds(_ id: ObjectID) -> Bool {
        state.withLock { Self.holds(id, $0) }
    }

    /// Whether an object is in the batch, deflated.
    private static func holds(_ id: ObjectID, _ state: borrowing State) -> Bool {
        state.landedIndexes[id] != nil || state.open?.offsets[id] != nil || state.closing.contains { $0.offsets[id] != nil }
            || state.completed.contains { $0.file.contains(id) }
    }
}
