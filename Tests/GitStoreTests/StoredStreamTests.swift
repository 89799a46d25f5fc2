@testable import GitStore
import Files
import TestSupport
import Testing

@Suite("Bytes that are stored as they are")
struct StoredStreamTests {
    /// Lengths around those of the processor's widest registers, and of what they sum up at once.
    private static let byteCounts = Array(0...200) + [131_071, 131_072, 131_073, 131_136, 262_144, 300_001]

    @Test("a stream ends with the Adler-32 of its bytes, the largest sums included")
    func checksum() {
        var random = SplitMix(seed: 5)
        for byteCount in Self.byteCounts {
            for bytes in [random.noise(byteCount), [UInt8](repeating: 255, count: byteCount)] {
                let stream = bytes.withBytes { StoredStream(of: $0).bytes(with: $0) }
                let checksum = stream.suffix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
                #expect(checksum == adler32(bytes), "of \(byteCount) bytes")
            }
        }
    }

    /// As RFC 1950 defines it.
    private func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (sum, sumOfSums) = (1 as UInt32, 0 as UInt32)
        for byte in bytes {
            sum = (sum + UInt32(byte)) % 65521
            sumOfSums = (sumOfSums + sum) % 65521
        }
        return sumOfSums << 16 | sum
    }
}
