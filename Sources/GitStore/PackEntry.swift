import CISAL
import Files
import Model
import Storage

/// An object in the form that a pack has it in, ready to be appended: a header and a zlib stream, in pieces that lie one behind the other
/// there, but anywhere in memory.
struct PackEntry: Sendable {
    let id: ObjectID
    let kind: ObjectKind
    /// Size in bytes when inflated.
    let size: Int
    /// What the stream is a delta to.
    let basis: LandedObject.Basis?
    /// The zlib stream.
    let stream: [ByteSlice]
    let streamByteCount: Int
    /// CRC-32 of header and stream, as in the index.
    let crc: UInt32

    init(id: ObjectID, kind: ObjectKind, size: Int, basis: LandedObject.Basis? = nil, stream: [ByteSlice]) {
        self.id = id
        self.kind = kind
        self.size = size
        self.basis = basis
        self.stream = stream
        streamByteCount = stream.reduce(0) { $0 + $1.count }
        let header = Self.header(kind, size: size, basis: basis)
        crc = stream.reduce(header.withBytes { Self.crc($0) }) { crc, piece in piece.withBytes { Self.crc($0, after: crc) } }
    }

    init(_ object: LandedObject) {
        self.init(id: object.id, kind: object.kind, size: object.size, basis: object.basis, stream: [ByteSlice(object.deflated)])
    }

    /// The same to be kept outside a pack, its stream in one piece.
    var landed: LandedObject {
        LandedObject(id: id, kind: kind, size: size, deflated: stream.count == 1 ? stream[0].bytes : stream.flatMap(\.bytes), basis: basis)
    }

    /// What the entry begins with.
    var header: [UInt8] { Self.header(kind, size: size, basis: basis) }

    private static func header(_ kind: ObjectKind, size: Int, basis: LandedObject.Basis?) -> [UInt8] {
        var header: [UInt8] = []
        if let basis {
            PackEntryHeader.append(deltaTo: basis.id, size: basis.deltaByteCount, to: &header)
        } else {
            PackEntryHeader.append(kind, size: size, to: &header)
        }
        return header
    }

    /// CRC-32 as in the index.
    /// - Parameter before: that of the bytes before these.
    static func crc(_ bytes: UnsafeRawBufferPointer, after before: UInt32 = 0) -> UInt32 {
        crc32_gzip_refl(before, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, UInt64(bytes.count))
    }
}
