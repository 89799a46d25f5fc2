import Crypto
import Files
import Glibc
import Model

/// The index of a pack: where each object lies, by id (gitformat-pack(5), "Version 2 pack-*.idx files").
///
/// ```
/// \377tOc 2 | fanout: 256 × 4 | ids: n × 20 | crc32: n × 4 | offsets: n × 4 | large offsets: m × 8 | pack's SHA-1 | own SHA-1
/// ```
///
/// Mapped into memory, since it is searched at random and the kernel keeps what is in use. Nobody changes an index in place:
/// Git and this code write new ones and rename them.
final class PackIndex: Sendable {
    static let signature: [UInt8] = [0xff, 0x74, 0x4f, 0x63, 0, 0, 0, 2]
    static let fanoutByteCount = 256 * 4
    /// The bytes of an object in ids, checksums and offsets.
    static let entryByteCount = ObjectID.byteCount + 4 + 4
    /// An offset with this bit is a place in the table of large offsets.
    static let largeOffsetMark: UInt32 = 1 << 31
    private static let trailerByteCount = 2 * ObjectID.byteCount

    let path: String
    /// How many objects the pack has.
    let count: Int
    /// Never written; unmapped in `deinit`.
    private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let largeOffsetCount: Int

    /// Opens and maps an index. Its parts are checked for their sizes now, its entries when they are used.
    /// - Throws: `notFound`, `corrupt`, `notSupported` for a version 1 index.
    init(path: String) throws(PachError) {
        let file = try File.open(path)
        let byteCount = try file.byteCount()
        let smallest = Self.signature.count + Self.fanoutByteCount + Self.trailerByteCount
        guard byteCount >= smallest else {
            throw Self.damage(path, "it has only \(byteCount) bytes")
        }
        self.path = path
        let bytes = try file.map(byteCount: byteCount)
        do throws(PachError) {
            guard bytes.starts(with: Self.signature) else {
                throw PachError(
                    .notSupported, "the pack index \(quoted(path)) is not of version 2",
                    hint: "Write it again with: git index-pack PACK")
            }
            var count = 0
            for byte in 0..<256 {
                let upTo = Int(bytes.bigEndian(UInt32.self, at: Self.signature.count + 4 * byte))
                guard upTo >= count else { throw Self.damage(path, "its fanout table is not ascending") }
                count = upTo
            }
            let largeByteCount = byteCount - smallest - count * Self.entryByteCount
            guard largeByteCount >= 0, largeByteCount % 8 == 0, largeByteCount / 8 <= count else {
                throw Self.damage(path, "\(byteCount) bytes cannot hold its \(count) objects")
            }
            self.count = count
            self.largeOffsetCount = largeByteCount / 8
            self.bytes = bytes
        } catch {
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
            throw error
        }
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }

    /// Whether the index is what was written.
    var checksumIsSound: Bool {
        let computed = withChecksummedBytes { bytes in
            var hash = Insecure.SHA1()
            hash.update(bufferPointer: bytes)
            return hash.finalize().withUnsafeBytes { ObjectID($0) }
        }
        return computed == checksum
    }

    /// Length of the file.
    var byteCount: Int { bytes.count }

    private var idsStart: Int { Self.signature.count + Self.fanoutByteCount }
    private var checksumsStart: Int { idsStart + count * ObjectID.byteCount }
    private var offsetsStart: Int { checksumsStart + count * 4 }
    private var largeOffsetsStart: Int { offsetsStart + count * 4 }

    /// The checksum at the end of the pack that this index belongs to.
    var packChecksum: ObjectID { id(atByte: bytes.count - Self.trailerByteCount) }

    /// The checksum of the index itself.
    var checksum: ObjectID { id(atByte: bytes.count - ObjectID.byteCount) }

    /// All that `checksum` is over.
    func withChecksummedBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        body(bytes.slice(0..<bytes.count - ObjectID.byteCount))
    }

    /// The place of an object among all, in order of their ids.
    func position(of id: ObjectID) -> Int? {
        let byte = Int(id.firstByte)
        var low = byte == 0 ? 0 : fanout(byte - 1)
        var high = fanout(byte)
        while low < high {
            let middle = (low + high) / 2
            let candidate = self.id(at: middle)
            if candidate == id { return middle }
            if candidate < id { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    func id(at position: Int) -> ObjectID {
        id(atByte: idsStart + position * ObjectID.byteCount)
    }

    /// The CRC-32 of the object's entry, header and stream.
    func crc(at position: Int) -> UInt32 {
        bytes.bigEndian(at: checksumsStart + position * 4)
    }

    /// Where the object's entry begins in the pack.
    func offset(at position: Int) throws(PachError) -> Int {
        let offset: UInt32 = bytes.bigEndian(at: offsetsStart + position * 4)
        guard offset & Self.largeOffsetMark != 0 else { return Int(offset) }
        let place = Int(offset & ~Self.largeOffsetMark)
        guard place < largeOffsetCount else { throw Self.damage(path, "a large offset is missing") }
        guard let large = Int(exactly: bytes.bigEndian(UInt64.self, at: largeOffsetsStart + place * 8)) else {
            throw Self.damage(path, "an offset is too large")
        }
        return large
    }

    func offset(of id: ObjectID) throws(PachError) -> Int? {
        guard let position = position(of: id) else { return nil }
        return try offset(at: position)
    }

    private func fanout(_ byte: Int) -> Int {
        Int(bytes.bigEndian(UInt32.self, at: Self.signature.count + 4 * byte))
    }

    private func id(atByte start: Int) -> ObjectID {
        ObjectID(bytes.slice(start..<start + ObjectID.byteCount))
    }

    private static func damage(_ path: String, _ cause: String) -> PachError {
        PachError(.corrupt, "the pack index \(quoted(path)) is damaged", cause: cause, hint: "Write it again with: git index-pack PACK")
    }
}
