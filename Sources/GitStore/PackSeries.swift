import Files
import Model
import Storage

/// The packs that a batch goes to once it is no longer small, one after the other, each under a temporary name until the batch is finished.
///
/// Sizes: a pack is full near `packByteCount`, which doubles as packs follow each other, or a long stream would leave too many to search.
/// How many objects that makes is guessed from those before: a pack that has just these needs no second look for its checksum.
struct PackSeries {
    /// The pack that is being filled.
    private struct OpenPack {
        let writer: PackWriter
        var offsets: [ObjectID: Int] = [:]
    }

    /// A full pack that a thread is completing.
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

    /// Where the packs have an object.
    enum Place {
        case entry(PackData, Int)
        case pack(PackFile)
    }

    private let objects: RepositoryObjects
    private let calls: FileCalls
    private let packByteCount: Int
    private var open: OpenPack?
    private var closing: [ClosingPack] = []
    private var closed: [(pack: CompletedPack, file: PackFile)] = []
    /// What the last full pack had.
    private var lastPackSize = (byteCount: 1, objectCount: 1)

    init(in repository: GitRepository, packByteCount: Int) {
        objects = repository.objects
        calls = repository.calls
        self.packByteCount = packByteCount
    }

    var isEmpty: Bool { open == nil && closing.isEmpty && closed.isEmpty }

    /// Whether a pack is full and not complete yet.
    var isClosing: Bool { !closing.isEmpty }

    /// The packs that are complete, in their order.
    var completed: [CompletedPack] { closed.map(\.pack) }

    // MARK: Writing

    /// Begins with what the batch had in memory.
    /// - Parameter next: comes after it.
    /// - Parameter base: has what deltas refer to.
    mutating func begin(with held: HeldObjects, then next: PackEntry, base: any ObjectReader) throws(PachError) {
        var pack = try openPack(likely: held.byteCount + next.streamByteCount, objectCount: held.objects.count + 1)
        for object in held.objects { pack.offsets[object.id] = try pack.writer.append(held.whole(object, base: base)) }
        open = pack
    }

    /// - Returns: a pack that is full now, for the caller to complete outside the lock.
    mutating func append(_ entry: PackEntry) throws(PachError) -> PackWriter? {
        var pack: OpenPack
        if let open = open.take() {
            pack = open
        } else {
            pack = try openPack(likely: lastPackSize.byteCount, objectCount: lastPackSize.objectCount)
        }
        pack.offsets[entry.id] = try pack.writer.append(entry)
        guard isFull(pack.writer) else {
            open = pack
            return nil
        }
        lastPackSize = (pack.writer.byteCount, pack.writer.objectCount)
        closing.append(try ClosingPack(pack))
        return pack.writer
    }

    /// - Returns: the pack that was being filled, for the caller to complete outside the lock.
    mutating func closeLast() throws(PachError) -> PackWriter? {
        guard let last = open.take() else { return nil }
        closing.append(try ClosingPack(last))
        return last.writer
    }

    mutating func complete(_ writer: PackWriter, as pack: CompletedPack, _ file: PackFile) {
        closing.removeAll { $0.writer === writer }
        closed.append((pack, file))
    }

    /// Lets go of the complete packs, which have other names now, and belong to the repo.
    mutating func handOver() {
        for (pack, _) in closed { objects.files.forget("\(pack.base).pack") }
        closed = []
    }

    mutating func abandon() {
        open?.writer.abandon()
        for pack in closing { pack.writer.abandon() }
        for (pack, _) in closed {
            pack.abandon()
            // A pack that is held open for readers takes its room on the disk still.
            objects.files.forget("\(pack.base).pack")
        }
        open = nil
        closing = []
        closed = []
    }

    // MARK: Sizes

    private func openPack(likely byteCount: Int, objectCount: Int) throws(PachError) -> OpenPack {
        let expected = max(1, min(wantedByteCount * objectCount / byteCount, Limits.packObjectCountMax))
        return OpenPack(writer: try PackWriter(folder: objects.packFolder, calls: calls, expectedObjectCount: expected))
    }

    private var wantedByteCount: Int {
        packByteCount << min(closed.count + closing.count, Limits.packDoublingCountMax)
    }

    /// A pack ends with the object that was expected to be its last, unless it is far from the right size then.
    private func isFull(_ writer: PackWriter) -> Bool {
        let wanted = wantedByteCount
        if writer.objectCount >= Limits.packObjectCountMax || writer.byteCount >= 2 * wanted { return true }
        if writer.objectCount < writer.expectedObjectCount { return false }
        return writer.byteCount >= (writer.isAsExpected ? wanted / 2 : wanted)
    }

    // MARK: Reading

    func contains(_ id: ObjectID) -> Bool {
        open?.offsets[id] != nil || closing.contains { $0.offsets[id] != nil } || closed.contains { $0.file.contains(id) }
    }

    func place(of id: ObjectID) throws(PachError) -> Place? {
        if let open, let offset = open.offsets[id] { return .entry(try open.writer.data(), offset) }
        for pack in closing {
            if let offset = pack.offsets[id] { return .entry(pack.data, offset) }
        }
        return closed.first { $0.file.contains(id) }.map { .pack($0.file) }
    }
}
