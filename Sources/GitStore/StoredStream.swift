import CISAL

/// A zlib stream (RFC 1950) of bytes that are stored as they are, in blocks with a header each (RFC 1951, 3.2.4).
enum StoredStream {
    /// CMF and FLG: a window of 32 KiB, the fastest compression.
    private static let header: UInt16 = 0x7801
    private static let blockByteCountMax = Int(UInt16.max)
    /// Whether it is the last one, its length, and that length's complement.
    private static let blockHeaderByteCount = 1 + 2 + 2

    /// How long the stream of so many bytes is.
    static func byteCount(of byteCount: Int) -> Int {
        let blockCount = max(1, (byteCount + blockByteCountMax - 1) / blockByteCountMax)
        return MemoryLayout.size(ofValue: header) + blockCount * blockHeaderByteCount + byteCount + MemoryLayout<UInt32>.size
    }

    static func make(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](count: byteCount(of: bytes.count)) { stream in
            var position = 0
            func put(_ number: some FixedWidthInteger) {
                stream.storeBytes(of: number, toByteOffset: position, as: type(of: number))
                position += MemoryLayout.size(ofValue: number)
            }
            put(header.bigEndian)
            var checksum: UInt32 = 1
            var rest = bytes
            repeat {
                let block = rest.slice(0..<min(rest.count, blockByteCountMax))
                rest = rest.slice(block.count..<rest.count)
                put(rest.isEmpty ? 1 : 0 as UInt8)
                put(UInt16(block.count).littleEndian)
                put((~UInt16(block.count)).littleEndian)
                guard let start = block.baseAddress else { continue }
                stream.slice(position..<position + block.count).copyMemory(from: block)
                position += block.count
                // Right behind the copy, as long as the block is in the cache.
                checksum = isal_adler32(checksum, start.assumingMemoryBound(to: UInt8.self), UInt64(block.count))
            } while !rest.isEmpty
            put(checksum.bigEndian)
            return position
        }
    }
}
