import CDeflate
import Synchronization

/// Compresses to zlib streams (RFC 1950), which Git requires, with libdeflate. Any thread may use it, and several at once.
///
/// What hardly shrinks is stored as it is: reading it back then costs a copy. The choice depends on the bytes alone, and
/// ids do not depend on it at all.
public final class Deflater: Sendable {
    /// libdeflate's level, 0 (stored) to 12.
    public let level: Int

    /// Bytes that the sample of a large input has, taken at `sampleCount` places.
    private static let sampleByteCount = 8 << 10
    private static let sampleCount = 4
    /// Smaller inputs are stored: a listing of a few files, say, which is mostly ids, or a row of a table. They gain a few bytes at best, and
    /// libdeflate clears its tables for each, 8 us.
    private static let deflatedFrom = 128
    /// Inputs from this size on are judged by a sample before they are deflated whole.
    private static let sampledFrom = 128 << 10

    private final class Handle {
        let pointer: OpaquePointer
        /// Where streams are made before they are copied out at their true length. Kept, since fresh pages cost as much as
        /// the compression of some.
        private var scratch: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
        private static let keptByteCountMax = 4 << 20

        init(level: Int) {
            guard let pointer = libdeflate_alloc_compressor(Int32(level)) else { preconditionFailure("out of memory") }
            self.pointer = pointer
        }

        deinit {
            scratch.deallocate()
            libdeflate_free_compressor(pointer)
        }

        /// The stream of bytes that are stored as they are, whose length is known, so that it is made where it stays.
        func store(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
            [UInt8](count: libdeflate_zlib_compress_bound(pointer, bytes.count)) { stream in
                let written = libdeflate_zlib_compress(pointer, bytes.baseAddress, bytes.count, stream.baseAddress, stream.count)
                precondition(written > 0, "libdeflate fits into the bound that it gives")
                return written
            }
        }

        func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
            let bound = libdeflate_zlib_compress_bound(pointer, bytes.count)
            if scratch.count < bound {
                scratch.deallocate()
                scratch = .allocate(byteCount: bound, alignment: 16)
            }
            let written = libdeflate_zlib_compress(pointer, bytes.baseAddress, bytes.count, scratch.baseAddress, bound)
            precondition(written > 0, "libdeflate fits into the bound that it gives")
            let result = Array(scratch[..<written])
            if scratch.count > Self.keptByteCountMax {
                scratch.deallocate()
                scratch = .init(start: nil, count: 0)
            }
            return result
        }
    }

    private let handles: ResourcePool<Handle>
    private let storing = ResourcePool { Handle(level: 0) }

    private static let shared = Mutex<[Int: Deflater]>([:])

    /// The deflater of a level, which keeps its memory between uses.
    public static func shared(level: Int) -> Deflater {
        shared.withLock { shared in
            let deflater = shared[level] ?? Deflater(level: level)
            shared[level] = deflater
            return deflater
        }
    }

    private init(level: Int) {
        precondition((0...12).contains(level), "libdeflate has levels 0 to 12")
        self.level = level
        handles = ResourcePool { Handle(level: level) }
    }

    /// `bytes` as a zlib stream.
    public func deflate(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        if level == 0 || bytes.count < Self.deflatedFrom || (bytes.count >= Self.sampledFrom && !isWorthwhile(sample(of: bytes))) {
            return stored(bytes)
        }
        let deflated = compressed(bytes)
        return deflated.count > bytes.count && bytes.count > 0 ? shorter(deflated, stored(bytes)) : deflated
    }

    private func shorter(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        left.count < right.count ? left : right
    }

    /// Deflating is worth its time, and that of every inflating, from a gain of 3 % on.
    private func isWorthwhile(_ sample: [UInt8]) -> Bool {
        if Noise.isEvident(in: sample) { return false }
        let deflated = sample.withBytes { compressed($0) }
        return deflated.count * 100 < sample.count * 97
    }

    /// Pieces from all over `bytes`, so that a compressed file with a plain header is not misjudged, nor the reverse.
    private func sample(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let length = Self.sampleByteCount / Self.sampleCount
        var sample: [UInt8] = []
        sample.reserveCapacity(Self.sampleByteCount)
        for index in 0..<Self.sampleCount {
            let start = (bytes.count - length) / (Self.sampleCount - 1) * index
            sample.append(contentsOf: bytes.slice(start..<start + length))
        }
        return sample
    }

    private func stored(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        storing.withResource { $0.store(bytes) }
    }

    private func compressed(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        handles.withResource { $0.compress(bytes) }
    }
}
