import Crypto
import Files
import Glibc
import Model
import Storage
import Synchronization

/// A finished pack and its index.
final class PackFile: Sendable {
    let name: PackName
    let index: PackIndex
    let byteCount: Int
    let modified: FileTime

    /// The pack's path without its extension.
    private let base: String
    private let files: OpenFiles
    /// Whether `deltas` found none.
    private let isKnownToBeWhole = Atomic(false)
    private let damaged = Atomic(false)
    /// The objects that a collection is about to remove.
    private let condemned = Mutex<PackBits?>(nil)

    /// Opens a pack and checks that it and its index belong together.
    ///
    /// - Parameter base: the path of pack and index, without extension.
    /// - Throws: `notFound` where one of the files is missing, `corrupt`, `notSupported`.
    init(_ name: PackName, base: String, files: OpenFiles) throws(PachError) {
        self.name = name
        self.base = base
        self.files = files
        index = try PackIndex(path: "\(base).idx")
        guard let status = try Folder.status(of: "\(base).pack") else {
            throw PachError(.notFound, "the pack \(quoted("\(base).pack")) is gone")
        }
        byteCount = status.byteCount
        modified = status.modified
        let file = try files.open("\(base).pack")
        guard byteCount >= PackData.headerByteCount + PackData.trailerByteCount else {
            throw damage("it has only \(byteCount) bytes")
        }
        let header = try file.read(at: 0, count: PackData.headerByteCount)
        guard header == Self.header(objectCount: index.count) else {
            throw damage("its header is not that of a version 2 pack with the \(index.count) objects of its index")
        }
        guard try trailer(of: file) == index.packChecksum else {
            throw damage("its index is that of another pack")
        }
    }

    /// What a pack of `objectCount` objects begins with.
    static func header(objectCount: Int) -> [UInt8] {
        var header = Array("PACK".utf8)
        withUnsafeBytes(of: UInt32(2).bigEndian) { header.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(objectCount).bigEndian) { header.append(contentsOf: $0) }
        return header
    }

    var path: String { "\(base).pack" }

    /// Where the entries end and the checksum begins.
    var end: Int { byteCount - PackData.trailerByteCount }

    /// - Parameters:
    ///   - bases: where the bases of deltas are looked for first; those of all packs where not given.
    ///   - comparesID: whether the bytes are compared with the id.
    /// - Returns: nil where the pack does not have the object.
    func read(_ id: ObjectID, bases: DeltaBaseCache? = nil, comparesID: Bool = true) throws(PachError) -> StoredObject? {
        guard let offset = try index.offset(of: id) else { return nil }
        var data = try data()
        data.bases = bases ?? files.deltaBases
        let object = try data.object(at: offset, find: index.offset(of:))
        guard !comparesID || ObjectHash.id(of: object.kind, object.bytes) == id else {
            throw PachError(.corrupt, "object \(id) in \(quoted(path)) is damaged", cause: "its bytes do not hash to its id")
        }
        return object
    }

    /// - Returns: nil where the pack does not have the object.
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader? {
        guard let offset = try index.offset(of: id) else { return nil }
        return try data().objectHeader(at: offset, find: index.offset(of:))
    }

    /// Whether a new commit may count on the pack's copy of the object: not where a collection is about to remove it.
    func contains(_ id: ObjectID) -> Bool {
        guard let position = index.position(of: id) else { return false }
        return condemned.withLock { $0.map { !$0[position] } ?? true }
    }

    /// Says which objects nobody may count on any more, by position; nil for none.
    func condemn(_ bits: PackBits?) {
        condemned.withLock { $0 = bits }
    }

    /// The pack's entries.
    /// - Throws: `notFound` where the pack was removed.
    func data() throws(PachError) -> PackData {
        PackData(file: try files.open(path), end: end)
    }

    /// An object's place in the pack.
    struct Entry {
        var id: ObjectID
        var crc: UInt32
        /// Header and stream.
        var range: Range<Int>
    }

    /// Visits the entries in their order in the pack, each with its position in the index. Needs twelve bytes an object.
    /// - Throws: `corrupt`, besides what `body` throws.
    func forEachEntry(_ body: (Entry, Int) throws(PachError) -> Void) throws(PachError) {
        var offsets: [Int] = []
        offsets.reserveCapacity(index.count)
        for position in 0..<index.count { offsets.append(try index.offset(at: position)) }
        let order = (0..<UInt32(index.count)).sorted { offsets[Int($0)] < offsets[Int($1)] }
        for (place, position) in order.enumerated() {
            let start = offsets[Int(position)]
            let next = place + 1 < order.count ? offsets[Int(order[place + 1])] : end
            guard start >= PackData.headerByteCount, start < next else {
                throw PachError(
                    .corrupt, "the index of the pack \(quoted(path)) has objects that overlap or lie outside", hint: "Run pach fsck.")
            }
            try body(
                Entry(id: index.id(at: Int(position)), crc: index.crc(at: Int(position)), range: start..<next), Int(position))
        }
    }

    /// All entries in the order in which they lie. They fill the pack without gaps.
    /// - Throws: `corrupt`.
    func entries() throws(PachError) -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(index.count)
        try forEachEntry { (entry, _) in entries.append(entry) }
        guard entries.first?.range.lowerBound ?? end == PackData.headerByteCount else { throw damage("it does not begin with an object") }
        return entries
    }

    /// The entries that are deltas, each with the id of its base; without those whose headers are damaged, which nobody can copy. Where there
    /// are none, that is remembered.
    func deltas() throws(PachError) -> [(id: ObjectID, base: ObjectID)] {
        if isKnownToBeWhole.load(ordering: .relaxed) { return [] }
        var window = PackWindow(try data(), byteCount: 64 << 10)
        var bases = PackBases(self)
        var deltas: [(id: ObjectID, base: ObjectID)] = []
        var isSound = true
        try forEachEntry { (entry, _) throws(PachError) in
            do throws(PachError) {
                if let base = try bases.base(of: window.header(at: entry.range.lowerBound)) { deltas.append((entry.id, base)) }
            } catch {
                guard error.code == .corrupt else { throw error }
                isSound = false
            }
        }
        isKnownToBeWhole.store(deltas.isEmpty && isSound, ordering: .relaxed)
        return deltas
    }

    /// The entry of an object, header and stream, where it is no delta, for another pack to hold; nil where the pack has none such.
    /// - Throws: `corrupt` where it does not have its checksum.
    func wholeEntry(of id: ObjectID) throws(PachError) -> (bytes: [UInt8], crc: UInt32)? {
        guard let position = index.position(of: id) else { return nil }
        let start = try index.offset(at: position)
        let data = try data()
        guard case .whole = try data.header(at: start).form else { return nil }
        var next = end
        for other in 0..<index.count {
            let offset = try index.offset(at: other)
            if offset > start, offset < next { next = offset }
        }
        let bytes = try data.read(at: start, count: next - start)
        let crc = index.crc(at: position)
        guard bytes.withBytes({ PackEntry.crc($0) }) == crc else { throw damageOfEntry(id) }
        return (bytes, crc)
    }

    func damageOfEntry(_ id: ObjectID) -> PachError {
        PachError(
            .corrupt, "object \(id) in \(quoted(path)) is damaged", cause: "its bytes do not have their checksum", hint: "Run pach fsck.")
    }

    /// Whether a merge ran into damage here.
    var isKnownToBeDamaged: Bool { damaged.load(ordering: .relaxed) }

    func noteDamage() {
        damaged.store(true, ordering: .relaxed)
    }

    /// Whether someone asked Git, and so us, not to remove the pack (git-repack(1), ".keep").
    var isKept: Bool { access("\(base).keep", F_OK) == 0 }

    /// Takes the names of packs in one folder away, their indexes' first, so that no tool finds an index without its pack.
    /// - Returns: the paths of what is to be removed.
    static func takeNames(of packs: some Collection<PackFile>, in folder: String, calls: FileCalls) throws(PachError) -> [String] {
        guard !packs.isEmpty else { return [] }
        let names = packs.map { (pack: $0, temporary: PackWriter.temporaryPath(in: folder)) }
        var renamed: [String] = []
        func rename(_ suffixes: [String]) throws(PachError) {
            for (pack, temporary) in names {
                for suffix in suffixes where try Folder.status(of: "\(pack.base)\(suffix)") != nil {
                    // Git takes whatever ends in `.idx` for a pack.
                    try Folder.rename("\(pack.base)\(suffix)", to: "\(temporary)\(suffix).gone", calls: calls)
                    renamed.append("\(temporary)\(suffix).gone")
                }
            }
        }
        try rename([".idx"])
        // A power cut between leaves packs without index, never an index without pack.
        try Folder.sync(folder, calls: calls)
        try rename([".pack", ".rev"])
        for pack in packs { pack.files.forget(pack.path) }
        return renamed
    }

    /// Removes a pack, whether or not it can be opened. Its index goes first, so that no tool finds an index without its pack.
    /// - Parameter base: the path of pack and index, without extension.
    static func remove(_ base: String, files: OpenFiles) throws(PachError) {
        try Folder.removeFile("\(base).idx")
        try Folder.removeFile("\(base).pack")
        // git-repack(1) may have added a reverse index.
        try Folder.removeFile("\(base).rev")
        files.forget("\(base).pack")
    }

    /// Hashes the whole pack and compares with its trailer.
    func checksumIsSound() throws(PachError) -> Bool {
        let file = try files.open(path)
        return try PackChecksum.compute(of: file, byteCount: end) == trailer(of: file)
    }

    private func trailer(of file: File) throws(PachError) -> ObjectID {
        let bytes = try file.read(at: end, count: ObjectID.byteCount)
        guard bytes.count == ObjectID.byteCount else { throw damage("it is cut short") }
        return ObjectID(bytes)
    }

    func damage(_ cause: String) -> PachError {
        PachError(.corrupt, "the pack \(quoted(path)) is damaged", cause: cause)
    }
}

/// Finds what the deltas of a pack are made to.
struct PackBases {
    private let pack: PackFile
    /// Needed only where a user's Git wrote the pack: it gives bases by their place.
    private var entries: [PackFile.Entry]?

    init(_ pack: PackFile) {
        self.pack = pack
    }

    /// - Returns: nil for a whole object.
    /// - Throws: `corrupt`.
    mutating func base(of header: PackEntryHeader) throws(PachError) -> ObjectID? {
        switch header.form {
        case .whole: return nil
        case .deltaToObject(let id): return id
        case .deltaToOffset(let offset): return try object(at: offset)
        }
    }

    private mutating func object(at offset: Int) throws(PachError) -> ObjectID {
        let entries: [PackFile.Entry]
        if let known = self.entries { entries = known } else { entries = try pack.entries() }
        self.entries = entries
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].range.lowerBound < offset { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].range.lowerBound == offset else { throw pack.damage("the base of a delta is no object") }
        return entries[low].id
    }
}

/// The SHA-1 at the end of a pack.
enum PackChecksum {
    /// Reads the first `byteCount` bytes of `file` in pieces.
    static func compute(of file: File, byteCount: Int) throws(PachError) -> ObjectID {
        var hash = Insecure.SHA1()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(Limits.writeByteCount, byteCount), alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        while position < byteCount {
            let piece = buffer.slice(0..<min(buffer.count, byteCount - position))
            guard try file.read(at: position, into: piece) == piece.count else {
                throw PachError(.corrupt, "the pack \(quoted(file.path)) is cut short")
            }
            hash.update(bufferPointer: UnsafeRawBufferPointer(piece))
            position += piece.count
        }
        return hash.finalize().withUnsafeBytes { ObjectID($0) }
    }
}
