import CISAL
import Files
import Storage

/// Compresses to zlib streams (RFC 1950), which Git requires, with ISA-L's level 1. Any thread may use it, and several at once.
///
/// What hardly shrinks is stored as it is: reading it back then costs a copy. Ids do not depend on it at all.
enum Deflater {
    private static let level: UInt32 = 1

    /// Bytes that the sample of a large input has, taken at `sampleCount` places.
    private static let sampleByteCount = 8 << 10
    private static let sampleCount = 4
    /// Smaller inputs are stored: a listing of a few files, say, which is mostly ids, or a row of a table. They gain a few bytes at best.
    private static let deflatedFrom = 128
    /// Inputs from this size on are judged by a sample before they are deflated whole.
    private static let sampledFrom = 128 << 10

    private final class Handle {
        private let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
        private let tables = UnsafeMutablePointer<UInt8>.allocate(capacity: isal_level_1_byte_count)
        /// Where streams are made before they are copied out at their true length. Kept, since fresh pages cost as much as
        /// the compression of some.
        private var scratch = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
        private static let keptByteCountMax = 4 << 20

        deinit {
            scratch.deallocate()
            tables.deallocate()
            stream.deallocate()
        }

        func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
            let bound = StoredStream.byteCount(of: bytes.count)
            if scratch.count < bound {
                scratch.deallocate()
                scratch = .allocate(capacity: bound)
            }
            isal_deflate_stateless_init(stream)
            stream.pointee.gzip_flag = UInt16(IGZIP_ZLIB)
            stream.pointee.level = level
            stream.pointee.level_buf = tables
            stream.pointee.level_buf_size = UInt32(isal_level_1_byte_count)
            stream.pointee.end_of_stream = 1
            stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(bytes.count)
            stream.pointee.next_out = scratch.baseAddress
            stream.pointee.avail_out = UInt32(bound)
            let status = isal_deflate_stateless(stream)
            precondition(status == COMP_OK, "ISA-L stores what does not shrink, for which there is room")
            let result = Array(scratch[..<Int(stream.pointee.total_out)])
            if scratch.count > Self.keptByteCountMax {
                scratch.deallocate()
                scratch = .init(start: nil, count: 0)
            }
            return result
        }
    }

    private static let handles = ResourcePool { Handle() }

    /// `bytes` as a zlib stream, never longer than stored.
    static func deflate(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        isStored(bytes) ? StoredStream(of: bytes).bytes(with: bytes) : compressed(bytes)
    }

    /// The same stream in pieces, without a copy of what is stored as it is.
    static func pieces(of bytes: ByteSlice) -> [ByteSlice] {
        bytes.withBytes { isStored($0) ? StoredStream(of: $0).pieces(with: bytes) : [ByteSlice(compressed($0))] }
    }

    private static func isStored(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count < deflatedFrom || (bytes.count >= sampledFrom && !isWorthwhile(sample(of: bytes)))
    }

    /// Deflating is worth its time, and that of every inflating, from a gain of 3 % on.
    private static func isWorthwhile(_ sample: [UInt8]) -> Bool {
        if Noise.isEvident(in: sample) { return false }
        let deflated = sample.withBytes { compressed($0) }
        return deflated.count * 100 < sample.count * 97
    }

    /// Pieces from all over `bytes`, so that a compressed file with a plain header is not misjudged, nor the reverse.
    private static func sample(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let length = sampleByteCount / sampleCount
        var sample: [UInt8] = []
        sample.reserveCapacity(sampleByteCount)
        for index in 0..<sampleCount {
            let start = (bytes.count - length) / (sampleCount - 1) * index
            sample.append(contentsOf: bytes.slice(start..<start + length))
        }
        return sample
    }

    private static func compressed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        handles.withResource { $0.compress(bytes) }
    }
}
