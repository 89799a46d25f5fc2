import Files
import Model
import Storage

/// The objects of a pack as it tells them itself, read from its beginning without an index.
struct PackScan {
    /// In no order. Where the pack is damaged, those before the damage.
    private(set) var objects: [PackedObject] = []
    /// Whether the pack could be read to its end, and each delta has a base.
    private(set) var isComplete = true

    private var offsets: [ObjectID: Int] = [:]

    /// - Throws: what keeps the file from being read, which says nothing of its content.
    init(_ data: PackData) throws(PachError) {
        var deltas: [(offset: Int, crc: UInt32)] = []
        var offset = PackData.headerByteCount
        do throws(PachError) {
            while offset < data.end {
                let entry = try data.entry(at: offset)
                let crc = try data.read(at: offset, count: entry.byteCount).withBytes { PackEntry.crc($0) }
                if case .whole(let kind) = entry.header.form {
                    note(ObjectHash.id(of: kind, entry.bytes), at: offset, crc)
                } else {
                    deltas.append((offset, crc))
                }
                offset += entry.byteCount
            }
        } catch {
            // Where the next entry begins is known only from this one's end.
            try noteDamage(error)
        }
        try resolve(deltas, in: data)
    }

    private mutating func resolve(_ deltas: [(offset: Int, crc: UInt32)], in data: PackData) throws(PachError) {
        // A delta may name an object that is a delta as well, and that is only then known.
        var data = data
        data.bases = DeltaBaseCache()
        var deltas = deltas
        while !deltas.isEmpty {
            var rest: [(offset: Int, crc: UInt32)] = []
            for delta in deltas {
                var lacksBase = false
                do throws(PachError) {
                    let object = try data.object(at: delta.offset) { (id) throws(PachError) in
                        lacksBase = offsets[id] == nil
                        return offsets[id]
                    }
                    note(ObjectHash.id(of: object.kind, object.bytes), at: delta.offset, delta.crc)
                } catch {
                    if lacksBase { rest.append(delta) } else { try noteDamage(error) }
                }
            }
            guard rest.count < deltas.count else {
                isComplete = false
                return
            }
            deltas = rest
        }
    }

    private mutating func note(_ id: ObjectID, at offset: Int, _ crc: UInt32) {
        objects.append(PackedObject(id: id, crc: crc, offset: offset))
        offsets[id] = offset
    }

    private mutating func noteDamage(_ error: PachError) throws(PachError) {
        guard error.code == .corrupt || error.code == .tooLarge else { throw error }
        isComplete = false
    }
}
