import Files
import Model
import Storage

/// The entries of a pack, found by their offset. Read with pread(2), not mapped: the pages of a mapped pack would count as
/// this process's memory.
struct PackData: Sendable {
    /// Length of a pack's header: `PACK`, version, number of objects.
    static let headerByteCount = 12
    /// Length of the checksum at a pack's end.
    static let trailerByteCount = 20

    let file: File
    /// Where the last entry ends.
    let end: Int
    /// Bases of deltas that were read lately.
    var bases: DeltaBaseCache?

    /// Most objects are small: one read of this size usually gets header and stream.
    private static let firstReadByteCount = 4096

    /// The object at `offset`, its deltas applied; not checked against an id.
    ///
    /// - Parameter find: where the pack has an object, for deltas that name their base.
    func object(at offset: Int, find: (ObjectID) throws(PachError) -> Int?) throws(PachError) -> StoredObject {
        var deltas: [[UInt8]] = []
        var deltaByteCount = 0
        var position = offset
        /// The object at `position`, as far as a delta named it.
        var named: ObjectID?
        var whole: StoredObject?
        while whole == nil {
            let (header, bytes, _) = try entry(at: position)
            guard case .whole(let kind) = header.form else {
                deltas.append(bytes)
                deltaByteCount += bytes.count
                guard deltas.count <= Limits.deltaDepthMax, deltaByteCount <= Limits.objectByteCountMax else {
                    throw damage(offset, "its chain of deltas is too long")
                }
                named = if case .deltaToObject(let id) = header.form { id } else { nil }
                whole = named.flatMap { bases?.find($0) }
                if whole == nil { position = try base(of: header, at: position, find: find) }
                continue
            }
            let object = StoredObject(kind: kind, bytes: bytes)
            if let named, let bases {
                // An index that is damaged may give another object for it, which deltas of sound packs would then be applied to.
                guard ObjectHash.id(of: kind, bytes) == named else { throw damage(offset, "the base of its delta is not \(named)") }
                bases.insert(named, object)
            }
            whole = object
        }
        guard var result = whole else { preconditionFailure("a chain of deltas ends with an object") }
        for delta in deltas.reversed() {
            let next = delta.withBytes { delta in result.bytes.withBytes { base in Delta.apply(delta, to: base) } }
            guard let next else { throw damage(offset, "its delta does not fit its base") }
            result.bytes = next
        }
        return result
    }

    /// Kind and size of the object at `offset`. Only the first delta is inflated, since it tells the size.
    func objectHeader(at offset: Int, find: (ObjectID) throws(PachError) -> Int?) throws(PachError) -> ObjectHeader {
        var size: Int?
        var position = offset
        for _ in 0...Limits.deltaDepthMax {
            let header = try self.header(at: position)
            if case .whole(let kind) = header.form {
                let size = size ?? header.size
                try requirePossible(size, at: offset)
                return ObjectHeader(kind: kind, size: size)
            }
            if size == nil {
                size = try entry(at: position).bytes.withBytes { Delta.resultSize($0) }
                guard size != nil else { throw damage(offset, "its delta is not valid") }
            }
            position = try base(of: header, at: position, find: find)
        }
        throw damage(offset, "its chain of deltas is too long")
    }

    /// The header of the entry at `offset`.
    func header(at offset: Int) throws(PachError) -> PackEntryHeader {
        let bytes = try read(at: offset, count: PackEntryHeader.byteCountMax)
        return try header(in: bytes, at: offset)
    }

    /// Reads bytes of entries; fewer than `count` where the entries end.
    func read(at offset: Int, count: Int) throws(PachError) -> [UInt8] {
        guard offset >= Self.headerByteCount, offset < end else {
            throw damage(offset, "the offset lies outside the pack")
        }
        let wanted = min(count, end - offset)
        let bytes = try file.read(at: offset, count: wanted)
        guard bytes.count == wanted else { throw damage(offset, "the file is cut short") }
        return bytes
    }

    /// The entry at `offset`: its header, what its stream holds, and how many bytes of the pack it takes.
    func entry(at offset: Int) throws(PachError) -> (header: PackEntryHeader, bytes: [UInt8], byteCount: Int) {
        var window = try read(at: offset, count: Self.firstReadByteCount)
        let header = try header(in: window, at: offset)
        try requirePossible(header.size, at: offset)
        // deflateBound(3) for any settings. The stream may well be shorter; what is read too much comes from memory.
        let streamByteCountMax = header.size + header.size / 8 + header.size / 64 + 64
        let needed = min(header.byteCount + streamByteCountMax, end - offset)
        if window.count < needed { window = try read(at: offset, count: needed) }
        let (bytes, streamByteCount) = try window.withBytes { (window) throws(PachError) in
            try Inflater.inflate(window.slice(header.byteCount..<window.count), size: header.size, of: name(offset))
        }
        return (header, bytes, header.byteCount + streamByteCount)
    }

    private func header(in bytes: [UInt8], at offset: Int) throws(PachError) -> PackEntryHeader {
        guard let header = bytes.withBytes({ PackEntryHeader($0, at: offset) }) else {
            throw damage(offset, "its header is not valid")
        }
        return header
    }

    private func base(
        of header: PackEntryHeader, at offset: Int, find: (ObjectID) throws(PachError) -> Int?
    ) throws(PachError) -> Int {
        switch header.form {
        case .whole: return offset
        case .deltaToOffset(let base): return base
        case .deltaToObject(let id):
            guard let base = try find(id) else { throw damage(offset, "the base of its delta, \(id), is not in the pack") }
            return base
        }
    }

    /// - Throws: `corrupt` where no object is so large: who adds up sizes must be able to rely on them.
    private func requirePossible(_ size: Int, at offset: Int) throws(PachError) {
        guard size <= Limits.objectByteCountMax else {
            throw damage(offset, "its size of \(size) is over the limit of \(Limits.objectByteCountMax)")
        }
    }

    private func name(_ offset: Int) -> String {
        "the entry at \(offset) of \(quoted(file.path))"
    }

    private func damage(_ offset: Int, _ cause: String) -> PachError {
        PachError(.corrupt, "\(name(offset)) is damaged", cause: cause)
    }
}
