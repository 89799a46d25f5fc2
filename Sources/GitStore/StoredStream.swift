import CAdler
import CISAL
import Files
import Storage

/// A zlib stream (RFC 1950) of bytes that are stored as they are, in blocks with a header each (RFC 1951, 3.2.4).
struct StoredStream {
    /// CMF and FLG: a window of 32 KiB, the fastest compression.
    private static let header: UInt16 = 0x7801
    private static let headerByteCount = 2
    private static let blockByteCountMax = Int(UInt16.max)
    /// Whether it is the last one, its length, and that length's complement.
    private static let blockHeaderByteCount = 1 + 2 + 2
    private static let checksumByteCount = 4

    /// Bytes that are stored.
    private let byteCount: Int
    private let blockCount: Int
    /// All of the stream but those bytes: its header, the blocks' headers, the checksum.
    private let frame: [UInt8]

    init(of bytes: UnsafeRawBufferPointer) {
        let blockCount = Self.blockCount(of: bytes.count)
        byteCount = bytes.count
        self.blockCount = blockCount
        frame = [UInt8](count: Self.byteCount(of: bytes.count) - bytes.count) { frame in
            var position = 0
            func put(_ number: some FixedWidthInteger) {
                frame.storeBytes(of: number, toByteOffset: position, as: type(of: number))
                position += MemoryLayout.size(ofValue: number)
            }
            put(Self.header.bigEndian)
            for number in 0..<blockCount {
                let length = UInt16(Self.block(number, of: bytes.count).count)
                put(number == blockCount - 1 ? 1 : 0 as UInt8)
                put(length.littleEndian)
                put((~length).littleEndian)
            }
            put(Self.checksum(of: bytes).bigEndian)
            return position
        }
    }

    /// How long the stream of so many bytes is.
    static func byteCount(of byteCount: Int) -> Int {
        headerByteCount + blockCount(of: byteCount) * blockHeaderByteCount + byteCount + checksumByteCount
    }

    /// The whole stream.
    /// - Parameter bytes: what it is of.
    func bytes(with bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](count: frame.count + byteCount) { stream in
            var position = 0
            func put(_ piece: UnsafeRawBufferPointer) {
                stream.slice(position..<position + piece.count).copyMemory(from: piece)
                position += piece.count
            }
            frame.withBytes { frame in
                for number in 0..<blockCount {
                    put(frame.slice(frameRange(before: number)))
                    put(bytes.slice(Self.block(number, of: byteCount)))
                }
                put(frame.slice(frameRange(before: blockCount)))
            }
            return position
        }
    }

    /// The stream in pieces, so that no byte of what is stored is copied.
    /// - Parameter bytes: what it is of.
    func pieces(with bytes: ByteSlice) -> [ByteSlice] {
        var pieces: [ByteSlice] = []
        pieces.reserveCapacity(2 * blockCount + 1)
        for number in 0..<blockCount {
            pieces.append(ByteSlice(frame, frameRange(before: number)))
            pieces.append(bytes.slice(Self.block(number, of: byteCount)))
        }
        pieces.append(ByteSlice(frame, frameRange(before: blockCount)))
        return pieces
    }

    /// Where the frame has what comes before a block; the checksum before the one that follows the last.
    private func frameRange(before number: Int) -> Range<Int> {
        let end = Self.headerByteCount + (number + 1) * Self.blockHeaderByteCount
        if number == 0 { return 0..<end }
        return end - Self.blockHeaderByteCount..<min(end, frame.count)
    }

    /// Adler-32 (RFC 1950, 8.2).
    private static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return 1 }
        return cadler_is_supported() ? cadler_checksum(start, bytes.count) : isal_adler32(1, start, UInt64(bytes.count))
    }

    private static func blockCount(of byteCount: Int) -> Int {
        max(1, (byteCount + blockByteCountMax - 1) / blockByteCountMax)
    }

    private static func block(_ number: Int, of byteCount: Int) -> Range<Int> {
        number * blockByteCountMax..<min((number + 1) * blockByteCountMax, byteCount)
    }
}
