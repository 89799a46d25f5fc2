import Crypto
import Files
import Model

/// An object in a pack being written.
struct PackedObject: Sendable {
    var id: ObjectID
    /// CRC-32 of its entry.
    var crc: UInt32
    var offset: Int
}

/// Writes the index of a pack, version 2; see `PackIndex` for its layout.
struct PackIndexWriter {
    private let file: File
    private var hash = Insecure.SHA1()
    private var buffer: [UInt8] = []
    private var written = 0

    /// Writes the index of `objects` into an empty file.
    /// - Parameter objects: in ascending order of their ids, each once.
    static func write(_ objects: [PackedObject], packChecksum: ObjectID, to file: File) throws(PachError) {
        var writer = PackIndexWriter(file: file)
        try writer.writeAll(objects, packChecksum)
    }

    private init(file: File) {
        self.file = file
    }

    private mutating func writeAll(_ objects: [PackedObject], _ packChecksum: ObjectID) throws(PachError) {
        buffer = PackIndex.signature
        var upTo = [UInt32](repeating: 0, count: 256)
        for object in objects { upTo[Int(object.id.firstByte)] += 1 }
        var total: UInt32 = 0
        for count in upTo {
            total += count
            try append(total)
        }
        for object in objects {
            object.id.append(to: &buffer)
            try flush(ifOver: Limits.writeByteCount)
        }
        for object in objects { try append(object.crc) }
        var largeOffsets: [UInt64] = []
        for object in objects {
            if object.offset < Int(PackIndex.largeOffsetMark) {
                try append(UInt32(object.offset))
            } else {
                try append(PackIndex.largeOffsetMark | UInt32(largeOffsets.count))
                largeOffsets.append(UInt64(object.offset))
            }
        }
        for offset in largeOffsets { try append(offset) }
        packChecksum.append(to: &buffer)
        try flush(ifOver: 0)
        let checksum = hash.finalize().withUnsafeBytes { ObjectID($0) }
        try file.write(checksum.bytes, at: written)
    }

    private mutating func append(_ number: some FixedWidthInteger) throws(PachError) {
        withUnsafeBytes(of: number.bigEndian) { buffer.append(contentsOf: $0) }
        try flush(ifOver: Limits.writeByteCount)
    }

    private mutating func flush(ifOver limit: Int) throws(PachError) {
        guard buffer.count > limit else { return }
        hash.update(data: buffer)
        try file.write(buffer, at: written)
        written += buffer.count
        buffer.removeAll(keepingCapacity: true)
    }
}
