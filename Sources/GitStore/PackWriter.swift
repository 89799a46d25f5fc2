import Files
import Glibc
import Model
import Storage

/// Writes a pack under a temporary name, then seals it: complete, durable, and only then called what Git will see.
///
/// A failed write or sync is final (invariant 7): the writer refuses all that comes after, and its owner abandons it.
/// After a failed sync the kernel may hold pages that it takes for clean, so that a second sync would succeed without the
/// data being on disk.
///
/// Not `Sendable` by its members: its owner lets one thread at a time call it.
final class PackWriter: @unchecked Sendable {
    /// What every temporary file's name begins with, packs and indexes alike; Git's own in this folder begin with `tmp_`, too.
    static let temporaryPrefix = "tmp_pach_"

    /// Path of the temporary pack and index, without extension.
    private let base: String
    private let file: File
    private let reservesRoom: Bool
    private var reservedUpTo = 0
    private let background: BackgroundWriter
    private let calls: FileCalls
    /// What is yet to be handed over: pieces, and behind them bytes.
    private var pieces: [ByteSlice] = []
    private var piecesByteCount = 0
    private var buffer: [UInt8] = []
    private var flushedByteCount = 0
    private var syncedUpTo = 0
    private var objects: [PackedObject] = []
    /// How many objects the pack's header speaks of until the end.
    let expectedObjectCount: Int
    private var failure: PachError?
    private var isOver = false

    /// - Parameter expectedObjectCount: How many objects the pack will have. It may have others; but where it has just these, its checksum
    ///   is known when the last of them is written.
    /// - Parameter reservesRoom: Many bytes will come: room is looked for ahead of them, so that the disk has to look for it less often.
    init(folder: String, calls: FileCalls = FileCalls(), expectedObjectCount: Int = 0, reservesRoom: Bool = false) throws(PachError) {
        self.calls = calls
        base = Self.temporaryPath(in: folder)
        file = try File.create("\(base).pack", mode: 0o444, calls: calls)
        self.reservesRoom = reservesRoom
        background = BackgroundWriter(to: file, hashes: expectedObjectCount > 0)
        self.expectedObjectCount = expectedObjectCount
        // Another number of objects is patched in at the end.
        buffer = PackFile.header(objectCount: expectedObjectCount)
    }

    deinit {
        if !isOver { abandon() }
    }

    /// A path, without extension, that nobody uses, and that is known as temporary.
    static func temporaryPath(in folder: String) -> String {
        "\(folder)/\(Folder.temporaryName(temporaryPrefix))"
    }

    /// Bytes of the pack so far.
    var byteCount: Int { flushedByteCount + piecesByteCount + buffer.count }

    var objectCount: Int { objects.count }

    /// Whether the pack has as many objects as were expected.
    var isAsExpected: Bool { objects.count == expectedObjectCount }

    /// Appends an object that the pack does not have yet. The base of a delta has to be appended too, before or after.
    /// - Returns: where it lies.
    @discardableResult
    func append(_ entry: PackEntry) throws(PachError) -> Int {
        try begin()
        let offset = byteCount
        note(PackedObject(id: entry.id, crc: entry.crc, offset: offset))
        if entry.streamByteCount >= Limits.unbufferedByteCountMin {
            closeBuffer()
            let header = entry.header
            pieces.append(ByteSlice(header))
            pieces += entry.stream
            piecesByteCount += header.count + entry.streamByteCount
        } else {
            buffer += entry.header
            for piece in entry.stream { piece.withBytes { buffer += $0 } }
        }
        try flush(ifOver: Limits.writeByteCount)
        return offset
    }

    @discardableResult
    func append(_ object: LandedObject) throws(PachError) -> Int {
        try append(PackEntry(object))
    }

    /// Appends an entry of another pack, header and stream, as it is.
    /// - Parameter crc: of `entry`, checked by the caller.
    func append(entry: some Collection<UInt8>, crc: UInt32, of id: ObjectID) throws(PachError) {
        try begin()
        note(PackedObject(id: id, crc: crc, offset: byteCount))
        buffer.append(contentsOf: entry)
        try flush(ifOver: Limits.writeByteCount)
    }

    /// What was appended, for reading. The value stays good, for those entries, whatever the writer does next.
    func data() throws(PachError) -> PackData {
        try begin()
        try finishWriting()
        return PackData(file: file, end: flushedByteCount)
    }

    /// Makes durable what was appended, so that the last sync finds little to do.
    func settle() throws(PachError) {
        try begin()
        try finishWriting()
        try poisoning { () throws(PachError) in try file.sync() }
        syncedUpTo = flushedByteCount
    }

    /// Completes pack and index and makes both durable, still under their temporary names.
    func complete() throws(PachError) -> CompletedPack {
        try begin()
        return try poisoning { () throws(PachError) in
            try finishWriting()
            let checksum = try checksum()
            try file.write(checksum.bytes, at: flushedByteCount)
            if reservesRoom { try file.releaseReserve() }
            try file.sync()
            objects.sort { $0.id < $1.id }
            let index = try File.create("\(base).idx", mode: 0o444, calls: calls)
            try PackIndexWriter.write(objects, packChecksum: checksum, to: index)
            try index.sync()
            isOver = true
            return CompletedPack(name: PackName(checksum: checksum), base: base)
        }
    }

    /// The checksum of all that was flushed, with the right number of objects in the header.
    private func checksum() throws(PachError) -> ObjectID {
        if isAsExpected, let checksum = background.checksum { return checksum }
        if !isAsExpected { try file.write(PackFile.header(objectCount: objects.count), at: 0) }
        return try PackChecksum.compute(of: file, byteCount: flushedByteCount)
    }

    /// Removes what was written. Failures are of no interest: leftovers are looked for when the data root is opened.
    func abandon() {
        isOver = true
        background.stop()
        unlink("\(base).pack")
        unlink("\(base).idx")
    }

    private func begin() throws(PachError) {
        if let failure { throw failure }
        precondition(!isOver, "a pack is complete once")
    }

    private func note(_ object: PackedObject) {
        objects.append(object)
        if objects.count == expectedObjectCount + 1 { background.stopHashing() }
    }

    private func flush(ifOver limit: Int) throws(PachError) {
        guard piecesByteCount + buffer.count > limit else { return }
        let isOfSmallObjects = pieces.isEmpty
        closeBuffer()
        let ready = pieces
        pieces = []
        piecesByteCount = 0
        try handOver(ready)
        // One that had to grow would have twice the room that it needs, for as long as the pack's checksum waits for it.
        if isOfSmallObjects { buffer.reserveCapacity(limit + 2 * Limits.unbufferedByteCountMin) }
    }

    /// What is appended next goes behind the buffer's bytes.
    private func closeBuffer() {
        guard !buffer.isEmpty else { return }
        pieces.append(ByteSlice(buffer))
        piecesByteCount += buffer.count
        buffer = []
    }

    /// Has the bytes written while the caller goes on.
    private func handOver(_ pieces: [ByteSlice]) throws(PachError) {
        let offset = flushedByteCount
        flushedByteCount += pieces.reduce(0) { $0 + $1.count }
        if reservesRoom, flushedByteCount > reservedUpTo {
            reservedUpTo = offset + Limits.reservedByteCount
            file.reserve(offset..<reservedUpTo)
        }
        var writeBack: Range<Int>?
        if flushedByteCount - syncedUpTo >= Limits.unsyncedByteCountMax {
            writeBack = syncedUpTo..<flushedByteCount
            syncedUpTo = flushedByteCount
        }
        try poisoning { () throws(PachError) in try background.write(pieces, at: offset, thenWriteBack: writeBack) }
    }

    /// Returns when all that was appended is written.
    private func finishWriting() throws(PachError) {
        try flush(ifOver: 0)
        try poisoning { () throws(PachError) in try background.finish() }
    }

    private func poisoning<Value>(_ body: () throws(PachError) -> Value) throws(PachError) -> Value {
        do throws(PachError) {
            return try body()
        } catch {
            failure = error
            throw error
        }
    }
}

/// A pack that is complete and durable, and still has its temporary name.
struct CompletedPack: Sendable {
    let name: PackName
    /// Path of pack and index, without extension.
    let base: String

    /// Gives packs their names, durably: pack, then index, then the folder. Invariant 2
    /// hangs on this having returned.
    ///
    /// On failure none of them is there: a pack that Git and we could see, but a power cut could take away, would be
    /// counted on by later commits. One that was there before, with the same content, stays.
    static func publish(_ packs: [CompletedPack], in folder: String, calls: FileCalls = FileCalls()) throws(PachError) {
        var appeared: [String] = []
        do throws(PachError) {
            for pack in packs {
                let path = "\(folder)/\(pack.name)"
                if try Folder.status(of: "\(path).idx") == nil { appeared.append(path) }
                try Folder.rename("\(pack.base).pack", to: "\(path).pack", calls: calls)
                try Folder.rename("\(pack.base).idx", to: "\(path).idx", calls: calls)
            }
            try Folder.sync(folder, calls: calls)
        } catch {
            for path in appeared {
                unlink("\(path).idx")
                unlink("\(path).pack")
            }
            for pack in packs { pack.abandon() }
            throw error
        }
    }

    /// Removes what was written.
    func abandon() {
        unlink("\(base).pack")
        unlink("\(base).idx")
    }
}
