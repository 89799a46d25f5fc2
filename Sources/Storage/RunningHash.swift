internal import CSHA1
internal import Crypto
internal import Files
public import Model

/// A SHA-1 over bytes that come in pieces.
public struct RunningHash: Sendable {
    private static let blockByteCount = Int(csha1_block_size)

    /// Messages that together take the least time; 1 where the processor has no instructions for SHA-1. Asked once: a virtual machine's
    /// processor takes long to answer.
    static let width = Int(csha1_width())

    /// The words of FIPS 180-4, 5.3.1, at first.
    var hash = csha1_hash(
        state: (0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0), rest_count: 0, rest: csha1_hash().rest, block_count: 0)
    /// Does all of it where the processor has no instructions for SHA-1.
    private var library: Insecure.SHA1?

    var isByLibrary: Bool { library != nil }

    public init() {
        self.init(isByLibrary: Self.width == 1)
    }

    init(isByLibrary: Bool) {
        library = isByLibrary ? Insecure.SHA1() : nil
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard library == nil else {
            library?.update(bufferPointer: bytes)
            return
        }
        withUnsafePointer(to: csha1_piece(bytes)) { piece in
            withUnsafeMutablePointer(to: &hash) { hash in
                var message = csha1_message(hash: hash, pieces: piece, piece_count: 1, done_count: 0)
                _ = csha1_continue(&message, 1)
            }
        }
    }

    /// The hash of all bytes so far.
    public consuming func finalize() -> ObjectID {
        if let library { return library.finalize().withUnsafeBytes { ObjectID($0) } }
        let restByteCount = Int(hash.rest_count)
        let bitCount = (hash.block_count * UInt64(Self.blockByteCount) + UInt64(restByteCount)) * 8
        let zeroCount = (2 * Self.blockByteCount - 1 - 8 - restByteCount) % Self.blockByteCount
        let padding = [0x80] + [UInt8](repeating: 0, count: zeroCount) + bigEndian(bitCount)
        padding.withBytes { update($0) }
        let (a, b, c, d, e) = hash.state
        return ObjectID([a, b, c, d, e].flatMap { bigEndian($0) })
    }
}

private func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

extension csha1_piece {
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }
}
