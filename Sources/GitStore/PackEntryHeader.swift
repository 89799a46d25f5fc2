import Files
import Model
import Storage

/// What stands before each zlib stream in a pack: the object's kind and size, or the delta's base (gitformat-pack(5),
/// "pack-*.pack files have the following format").
struct PackEntryHeader: Equatable {
    enum Form: Equatable {
        case whole(ObjectKind)
        /// A delta to the object at this offset of the same pack.
        case deltaToOffset(Int)
        /// A delta to the object of this id.
        case deltaToObject(ObjectID)
    }

    var form: Form
    /// Size of the object, or of the delta, when inflated.
    var size: Int
    /// Length of this header.
    var byteCount: Int

    /// No header is longer: nine bytes of size, and an id or an offset.
    static let byteCountMax = 9 + ObjectID.byteCount

    /// Parses the header of the entry at `offset` of a pack.
    /// - Parameter bytes: begins with the entry.
    /// - Returns: nil where the bytes are no header.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard let first = bytes.first else { return nil }
        var position = 1
        var size = Int(first & 15)
        var byte = first
        var shift = 4
        while byte & 0x80 != 0 {
            // 4 + 8 × 7 bits are the most that stay a positive Int.
            guard position < bytes.count, shift < 60 else { return nil }
            byte = bytes[position]
            size |= Int(byte & 0x7f) << shift
            shift += 7
            position += 1
        }
        self.size = size
        switch first >> 4 & 7 {
        case 6:
            guard let (distance, length) = Self.distance(bytes.dropFirst(position)), distance > 0, distance < offset else { return nil }
            form = .deltaToOffset(offset - distance)
            position += length
        case 7:
            guard position + ObjectID.byteCount <= bytes.count else { return nil }
            form = .deltaToObject(ObjectID(bytes.slice(position..<position + ObjectID.byteCount)))
            position += ObjectID.byteCount
        case let number:
            guard let kind = ObjectKind(rawValue: number) else { return nil }
            form = .whole(kind)
        }
        byteCount = position
    }

    /// How far back a delta's base lies: big-endian groups of seven bits, one added at each continuation.
    private static func distance(_ bytes: Slice<UnsafeRawBufferPointer>) -> (distance: Int, byteCount: Int)? {
        var distance = 0
        var count = 0
        for byte in bytes.prefix(9) {
            count += 1
            distance |= Int(byte & 0x7f)
            if byte & 0x80 == 0 { return (distance, count) }
            distance = (distance + 1) << 7
        }
        return nil
    }

    /// Appends the header of a whole object.
    static func append(_ kind: ObjectKind, size: Int, to buffer: inout [UInt8]) {
        append(number: kind.rawValue, size: size, to: &buffer)
    }

    /// Appends the header of a delta of `size` bytes to an object of the same pack.
    static func append(deltaTo base: ObjectID, size: Int, to buffer: inout [UInt8]) {
        append(number: 7, size: size, to: &buffer)
        base.append(to: &buffer)
    }

    private static func append(number: UInt8, size: Int, to buffer: inout [UInt8]) {
        var rest = size >> 4
        var byte = number << 4 | UInt8(size & 15)
        while rest > 0 {
            buffer.append(byte | 0x80)
            byte = UInt8(rest & 0x7f)
            rest >>= 7
        }
        buffer.append(byte)
    }
}
