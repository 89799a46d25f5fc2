internal import CSHA1
internal import Files
public import Model

/// A SHA-1 over bytes that come in pieces, which can be taken up to it beside those of another one: two take little longer than one.
///
/// Only where `isSupported`.
public struct RunningHash: Sendable {
    /// Whether this processor has the instructions that it takes.
    public static let isSupported = csha1_is_supported()

    private static let blockByteCount = 64

    // The beginning is that of FIPS 180-4, 5.3.1.
    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var blockCount = 0

    public init() {
        precondition(Self.isSupported, "the processor has no instructions for SHA-1")
    }

    /// Begins with what Git hashes before an object's bytes.
    public init(of kind: ObjectKind, byteCount: Int) {
        self.init()
        update(ObjectHash.preamble(of: kind, byteCount: byteCount))
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let bytes = fillBlock(from: bytes)
        let count = bytes.count / Self.blockByteCount
        if count > 0, let start = bytes.baseAddress {
            csha1_blocks(&state, start.assumingMemoryBound(to: UInt8.self), count)
            blockCount += count
        }
        rest += bytes.slice(count * Self.blockByteCount..<bytes.count)
    }

    /// Continues two hashes, each with bytes of its own.
    public static func update(
        _ first: inout RunningHash, with firstBytes: UnsafeRawBufferPointer, _ second: inout RunningHash,
        with secondBytes: UnsafeRawBufferPointer
    ) {
        let firstBytes = first.fillBlock(from: firstBytes)
        let secondBytes = second.fillBlock(from: secondBytes)
        let count = min(firstBytes.count, secondBytes.count) / blockByteCount
        if count > 0, let firstStart = firstBytes.baseAddress, let secondStart = secondBytes.baseAddress {
            csha1_blocks_of_two(
                &first.state, firstStart.assumingMemoryBound(to: UInt8.self), &second.state,
                secondStart.assumingMemoryBound(to: UInt8.self),
                count)
            first.blockCount += count
            second.blockCount += count
        }
        first.update(firstBytes.slice(count * blockByteCount..<firstBytes.count))
        second.update(secondBytes.slice(count * blockByteCount..<secondBytes.count))
    }

    /// The hash of all bytes so far.
    public consuming func finalize() -> ObjectID {
        let bitCount = UInt64(blockCount * Self.blockByteCount + rest.count) * 8
        let zeroCount = (2 * Self.blockByteCount - 1 - 8 - rest.count) % Self.blockByteCount
        update([0x80] + [UInt8](repeating: 0, count: zeroCount) + bigEndian(bitCount))
        return ObjectID(state.flatMap(bigEndian))
    }

    /// Completes a block that has begun.
    /// - Returns: what is left; nothing where the block is still not full.
    private mutating func fillBlock(from bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard !rest.isEmpty else { return bytes }
        let taken = min(Self.blockByteCount - rest.count, bytes.count)
        rest += bytes.slice(0..<taken)
        if rest.count == Self.blockByteCount {
            csha1_blocks(&state, rest, 1)
            blockCount += 1
            rest.removeAll(keepingCapacity: true)
        }
        return bytes.slice(taken..<bytes.count)
    }
}

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
