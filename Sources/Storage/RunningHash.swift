internal import CSHA1
internal import Crypto
internal import Files
public import Model

/// A SHA-1 over bytes that come in pieces. Several are continued together in far less time than one after the other, where the processor has
/// instructions for it.
public struct RunningHash: Sendable {
    private static let blockByteCount = 64
    /// Asked once: a virtual machine's processor takes long to answer.
    static let isFasterTogether = csha1_is_supported()

    /// The five words of FIPS 180-4, 5.3.1, in as many as lie from one state to the next for `csha1_blocks`.
    private var state = SIMD8<UInt32>(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0, 0, 0, 0)
    /// What does not fill a block yet.
    private var rest: [UInt8] = []
    private var blockCount = 0
    /// Does all of it where the processor has no instructions for SHA-1.
    private var library: Insecure.SHA1?

    public init() {
        self.init(isByLibrary: !Self.isFasterTogether)
    }

    init(isByLibrary: Bool) {
        library = isByLibrary ? Insecure.SHA1() : nil
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var hashes = [self]
        Self.update(&hashes, with: [bytes])
        self = hashes[0]
    }

    /// Continues each of the hashes with the bytes at its place.
    public static func update(_ hashes: inout [RunningHash], with pieces: [UnsafeRawBufferPointer]) {
        var messages: [(index: Int, blocks: UnsafePointer<UInt8>, count: Int)] = []
        for (index, piece) in zip(hashes.indices, pieces) {
            guard hashes[index].library == nil else {
                hashes[index].library?.update(bufferPointer: piece)
                continue
            }
            let blocks = hashes[index].takeRests(of: piece)
            guard !blocks.isEmpty, let start = blocks.baseAddress else { continue }
            messages.append((index, start.assumingMemoryBound(to: UInt8.self), blocks.count / blockByteCount))
        }
        while !messages.isEmpty {
            let group = 0..<min(messages.count, csha1_messages_max)
            let count = messages[group].reduce(Int.max) { min($0, $1.count) }
            var states = messages[group].map { hashes[$0.index].state }
            states.withUnsafeMutableBufferPointer { states in
                guard let start = states.baseAddress else { return }
                start.withMemoryRebound(to: UInt32.self, capacity: 8 * states.count) { words in
                    csha1_blocks(words, messages[group].map(\.blocks), states.count, count)
                }
            }
            for position in group {
                hashes[messages[position].index].state = states[position]
                messages[position].blocks += count * blockByteCount
                messages[position].count -= count
            }
            messages.removeAll { $0.count == 0 }
        }
    }

    /// Completes the block that has begun, and keeps what does not fill another one.
    /// - Returns: the blocks between, which are yet to be hashed.
    private mutating func takeRests(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var bytes = bytes
        if !rest.isEmpty {
            let taken = min(Self.blockByteCount - rest.count, bytes.count)
            rest += bytes.slice(0..<taken)
            bytes = bytes.slice(taken..<bytes.count)
            guard rest.count == Self.blockByteCount else { return bytes }
            let block = rest
            rest = []
            block.withBytes { update($0) }
        }
        let end = bytes.count / Self.blockByteCount * Self.blockByteCount
        rest += bytes.slice(end..<bytes.count)
        blockCount += end / Self.blockByteCount
        return bytes.slice(0..<end)
    }

    /// The hash of all bytes so far.
    public consuming func finalize() -> ObjectID {
        if let library { return library.finalize().withUnsafeBytes { ObjectID($0) } }
        let bitCount = UInt64(blockCount * Self.blockByteCount + rest.count) * 8
        let zeroCount = (2 * Self.blockByteCount - 1 - 8 - rest.count) % Self.blockByteCount
        let padding = [0x80] + [UInt8](repeating: 0, count: zeroCount) + bigEndian(bitCount)
        padding.withBytes { update($0) }
        return ObjectID((0..<5).flatMap { bigEndian(state[$0]) })
    }
}

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
