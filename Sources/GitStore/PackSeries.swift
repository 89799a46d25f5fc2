import Files
import Model
import Storage

/// The packs that a batch goes to once it is no longer small, one after the other, each under a temporary name until the batch is finished.
///
/// Sizes: a pack is full near `packByteCount`, which doubles as packs follow each other, or a long stream would leave too many to search.
/// How many objects that makes is guessed from those before: a pack that has just these needs no second look for its checksum. So, where the
/// bytes to come are known, a pack ends shortly before them: the last one, which nobody can foresee, is small.
struct PackSeries {
    /// The pack that is being filled.
    private struct OpenPack {
        let writer: PackWriter
        let wantedByteCount: Int
        var offsets: [ObjectID: Int] = [:]
        /// Of its objects, as they are before they are deflated.
        var inflatedByteCount = 0

        var size: Size { Size(byteCount: writer.byteCount, inflatedByteCount: inflatedByteCount, objectCount: writer.objectCount) }

        mutating func append(_ entry: PackEntry) throws(PachError) {
            offsets[entry.id] = try writer.append(entry)
            inflatedByteCount += entry.size
        }
    }

    /// What a pack has, or is like.
    private struct Size {
        var byteCount = 1
        var inflatedByteCount = 1
        var objectCount = 1
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

    private static let expectedByteCountMax = 1 << 40
    /// Of the bytes to come, so many are planned for: objects differ from those before by some percent, and what comes short is read back.
    private static let plannedShare = 0.95

    private let objects: RepositoryObjects
    private let calls: FileCalls
    private let packByteCount: Int
    private var open: OpenPack?
    private var closing: [ClosingPack] = []
    private var closed: [(pack: CompletedPack, file: PackFile)] = []
    private var lastPackSize = Size()
    /// Bytes of objects that were announced and have not come.
    private var expectedByteCount = 0

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

    mutating func expect(byteCount: Int) {
        // What others announce may be anything.
        expectedByteCount = min(expectedByteCount + min(max(0, byteCount), Self.expectedByteCountMax), Self.expectedByteCountMax)
    }

    /// Begins with what the batch had in memory.
    /// - Parameter next: comes after it.
    /// - Parameter base: has what deltas refer to.
    mutating func begin(with held: HeldObjects, then next: PackEntry, base: any ObjectReader) throws(PachError) {
        let likely = Size(
            byteCount: held.byteCount + next.streamByteCount, inflatedByteCount: held.objects.reduce(next.size) { $0 + $1.size },
            objectCount: held.objects.count + 1)
        var pack = try openPack(like: likely)
        for object in held.objects { try append(PackEntry(held.whole(object, base: base)), to: &pack) }
        open = pack
    }

    /// - Returns: a pack that is full now, for the caller to complete outside the lock.
    mutating func append(_ entry: PackEntry) throws(PachError) -> PackWriter? {
        var pack: OpenPack
        if let open = open.take() {
            pack = open
        } else {
            pack = try openPack(like: lastPackSize)
        }
        try append(entry, to: &pack)
        guard isFull(pack) else {
            open = pack
            return nil
        }
        lastPackSize = pack.size
        closing.append(try ClosingPack(pack))
        return pack.writer
    }

    /// - Returns: the pack that was being filled, for the caller to complete outside the lock.
    mutating func closeLast() throws(PachError) -> PackWriter? {
        guard let last = open.take() else { return nil }
        closing.append(try ClosingPack(last))
        return last.writer
    }

    private mutating func append(_ entry: PackEntry, to pack: inout OpenPack) throws(PachError) {
        try pack.append(entry)
        expectedByteCount = max(0, expectedByteCount - entry.size)
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

    private func openPack(like other: Size) throws(PachError) -> OpenPack {
        let wanted = wantedByteCount(like: other)
        let expected = max(1, min(wanted * other.objectCount / other.byteCount, Limits.packObjectCountMax))
        let writer = try PackWriter(folder: objects.packFolder, calls: calls, expectedObjectCount: expected)
        return OpenPack(writer: writer, wantedByteCount: wanted)
    }

    private func wantedByteCount(like other: Size) -> Int {
        let wanted = packByteCount << min(closed.count + closing.count, Limits.packDoublingCountMax)
        let coming = Double(expectedByteCount) * Double(other.byteCount) / Double(max(1, other.inflatedByteCount))
        let planned = Int(coming * Self.plannedShare)
        return planned < packByteCount ? wanted : min(wanted, planned)
    }

    /// A pack ends with the object that was expected to be its last, unless it is far from the right size then.
    private func isFull(_ pack: OpenPack) -> Bool {
        let (writer, wanted) = (pack.writer, pack.wantedByteCount)
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
