import Files
import Model
import Storage

/// The packs that a batch goes to once it is no longer small, each under a temporary name until the batch is finished.
///
/// Sizes: a pack is full near `packByteCount`, which doubles as packs follow each other, or a long stream would leave too many to search.
/// How many objects that makes is guessed from those before: a pack that has just these needs no second look for its checksum. So, where the
/// bytes to come are known, a pack ends shortly before them: the last one, which nobody can foresee, is small. And where many are known to
/// come, several packs share them, since their checksums are made in less time together.
struct PackSeries {
    /// A pack that is being filled.
    private struct OpenPack {
        let writer: PackWriter
        let wantedByteCount: Int
        /// For one that is open beside another one.
        let slot: Slots.Slot?
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

    /// What a pack is to have.
    private struct Plan {
        var objectCount: Int
        var byteCount: Int
    }

    /// A full pack that a thread is completing.
    private struct ClosingPack {
        let writer: PackWriter
        /// Its entries, for readers: the writer belongs to the thread that completes it.
        let data: PackData
        let offsets: [ObjectID: Int]
        /// As it is still open.
        private let slot: Slots.Slot?

        init(_ pack: OpenPack) throws(PachError) {
            writer = pack.writer
            slot = pack.slot
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
    /// Of fewer objects it cannot be foreseen well how many bytes they have.
    private static let plannedObjectCountMin = 16
    /// After others, a pack of this part of `packByteCount` is planned for what is still to come: what is left is read back in so much less time.
    private static let lastDivisor = 8
    /// Objects are shared where a pack's share is this part of `packByteCount` at least.
    private static let shareDivisor = 2
    /// A further pack begins when each open one has this part of `packByteCount`: of what is announced, most may be there already.
    private static let beginningDivisor = 32

    private let objects: RepositoryObjects
    private let calls: FileCalls
    private let packByteCount: Int
    private let openCountMax: Int
    private var open: [OpenPack] = []
    /// How many more are to share what comes with those that are open.
    private var unopenedCount = 0
    private var closing: [ClosingPack] = []
    private var closed: [(pack: CompletedPack, file: PackFile)] = []
    private var lastPackSize = Size()
    /// Bytes of objects that were announced and have not come, and how many one has.
    private var expectedByteCount = 0
    private var expectedObjectByteCount = 1

    /// - Parameter openCountMax: So many packs share objects at most.
    init(in repository: GitRepository, packByteCount: Int, openCountMax: Int) {
        objects = repository.objects
        calls = repository.calls
        self.packByteCount = packByteCount
        self.openCountMax = openCountMax
    }

    var isEmpty: Bool { open.isEmpty && closing.isEmpty && closed.isEmpty }

    /// Whether a pack is full and not complete yet.
    var isClosing: Bool { !closing.isEmpty }

    /// The packs that are complete, in their order.
    var completed: [CompletedPack] { closed.map(\.pack) }

    // MARK: Writing

    mutating func expect(objectCount: Int, byteCount: Int) {
        // What others announce may be anything.
        let byteCount = min(max(0, byteCount), Self.expectedByteCountMax)
        expectedByteCount = min(expectedByteCount + byteCount, Self.expectedByteCountMax)
        expectedObjectByteCount = max(1, byteCount / max(1, objectCount))
    }

    /// Begins with what the batch had in memory.
    /// - Parameter next: comes after it.
    /// - Parameter base: has what deltas refer to.
    mutating func begin(with held: HeldObjects, then next: PackEntry, base: any ObjectReader) throws(PachError) {
        lastPackSize = Size(
            byteCount: held.byteCount + next.streamByteCount, inflatedByteCount: held.objects.reduce(next.size) { $0 + $1.size },
            objectCount: held.objects.count + 1)
        var pack = try openFirst()
        for object in held.objects {
            let entry = PackEntry(try held.whole(object, base: base))
            try pack.append(entry)
            noteArrival(byteCount: entry.size)
        }
        open = [pack]
    }

    /// An object of so many bytes, which may have been announced, is there.
    mutating func noteArrival(byteCount: Int) {
        expectedByteCount = max(0, expectedByteCount - byteCount)
    }

    /// - Returns: a pack that is full now, for the caller to complete outside the lock.
    mutating func append(_ entry: PackEntry) throws(PachError) -> PackWriter? {
        precondition(entry.basis == nil, "a pack refers to nothing outside of itself")
        let place = try placeForNext()
        try open[place].append(entry)
        noteArrival(byteCount: entry.size)
        guard isFull(open[place]) else { return nil }
        let pack = open.remove(at: place)
        lastPackSize = pack.size
        closing.append(try ClosingPack(pack))
        return pack.writer
    }

    /// - Returns: the packs that were being filled, for the caller to complete outside the lock.
    mutating func closeLast() throws(PachError) -> [PackWriter] {
        let last = open
        open = []
        for pack in last { closing.append(try ClosingPack(pack)) }
        return last.map(\.writer)
    }

    /// The pack that the next object goes to: the smallest, so that those which share objects are full at the same time.
    private mutating func placeForNext() throws(PachError) -> Int {
        guard let smallest = open.indices.min(by: { open[$0].writer.byteCount < open[$1].writer.byteCount }) else {
            open = [try openFirst()]
            return 0
        }
        let begunByteCount = packByteCount / Self.beginningDivisor
        let isFurtherWorthwhile = unopenedCount > 0 && expectedStreamByteCount >= begunByteCount
        guard isFurtherWorthwhile, open[smallest].writer.byteCount >= begunByteCount else { return smallest }
        guard let slot = objects.files.furtherPacks.takeIfFree() else {
            unopenedCount = 0
            return smallest
        }
        unopenedCount -= 1
        open.append(try openPack(slot))
        return open.count - 1
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
        for pack in open { pack.writer.abandon() }
        for pack in closing { pack.writer.abandon() }
        for (pack, _) in closed {
            pack.abandon()
            // A pack that is held open for readers takes its room on the disk still.
            objects.files.forget("\(pack.base).pack")
        }
        open = []
        closing = []
        closed = []
    }

    // MARK: Sizes

    /// Packs that share what is to come. The more there are already, the larger they have to be.
    private var sharingCount: Int {
        let doublingCount = min((closed.count + closing.count) / openCountMax, Limits.packDoublingCountMax)
        let shareMin = (packByteCount / Self.shareDivisor) << doublingCount
        return expectedStreamByteCount >= openCountMax * shareMin ? openCountMax : 1
    }

    /// What the bytes to come take in packs, if they are like those before.
    private var expectedStreamByteCount: Int {
        Int(Double(expectedByteCount) * Double(lastPackSize.byteCount) / Double(max(1, lastPackSize.inflatedByteCount)))
    }

    private mutating func openFirst() throws(PachError) -> OpenPack {
        unopenedCount = sharingCount - 1
        return try openPack(nil)
    }

    private func openPack(_ slot: Slots.Slot?) throws(PachError) -> OpenPack {
        let plan = open.count + unopenedCount > 0 ? sharedPlan(by: open.count + unopenedCount + 1) : singlePlan
        let writer = try PackWriter(
            folder: objects.packFolder, calls: calls, expectedObjectCount: plan.objectCount, reservesRoom: slot != nil)
        return OpenPack(writer: writer, wantedByteCount: plan.byteCount, slot: slot)
    }

    private func sharedPlan(by count: Int) -> Plan {
        let share = sureShare / Double(count)
        let byteCount = Double(expectedStreamByteCount) * share
        let part = min(1, Double(packByteCount << Limits.packDoublingCountMax) / max(1, byteCount))
        let objectCount = Int(Double(expectedObjectCount) * share * part)
        return Plan(objectCount: max(1, min(objectCount, Limits.packObjectCountMax)), byteCount: Int(byteCount * part))
    }

    private var singlePlan: Plan {
        let earlierCount = closed.count + closing.count
        let wanted = packByteCount << min(earlierCount, Limits.packDoublingCountMax)
        let planned = Int(Double(expectedStreamByteCount) * sureShare)
        let plannedMin = earlierCount == 0 ? packByteCount : packByteCount / Self.lastDivisor
        let isPlanned = expectedObjectCount >= Self.plannedObjectCountMin && planned >= plannedMin
        let byteCount = isPlanned ? min(wanted, planned) : wanted
        let objectCount = byteCount * lastPackSize.objectCount / lastPackSize.byteCount
        return Plan(objectCount: max(1, min(objectCount, Limits.packObjectCountMax)), byteCount: byteCount)
    }

    private var expectedObjectCount: Int { expectedByteCount / expectedObjectByteCount }

    /// Of the bytes to come, so many are planned for, and what comes short is read back: the more objects, the less their sum differs from
    /// what is expected, of chunks of noise by 0.37 / sqrt(count), the standard deviation.
    private var sureShare: Double { 1 - 1 / Double(max(4, expectedObjectCount)).squareRoot() }

    /// A pack ends with the object that was expected to be its last, unless it is far from the right size then.
    private func isFull(_ pack: OpenPack) -> Bool {
        let (writer, wanted) = (pack.writer, pack.wantedByteCount)
        if writer.objectCount >= Limits.packObjectCountMax || writer.byteCount >= 2 * wanted { return true }
        if writer.objectCount < writer.expectedObjectCount { return false }
        return writer.byteCount >= (writer.isAsExpected ? wanted / 2 : wanted)
    }

    // MARK: Reading

    func contains(_ id: ObjectID) -> Bool {
        open.contains { $0.offsets[id] != nil } || closing.contains { $0.offsets[id] != nil } || closed.contains { $0.file.contains(id) }
    }

    func place(of id: ObjectID) throws(PachError) -> Place? {
        for pack in open {
            if let offset = pack.offsets[id] { return .entry(try pack.writer.data(), offset) }
        }
        for pack in closing {
            if let offset = pack.offsets[id] { return .entry(pack.data, offset) }
        }
        return closed.first { $0.file.contains(id) }.map { .pack($0.file) }
    }
}
