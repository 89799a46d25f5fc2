import Crypto
import Model
import TestSupport
import Testing

@testable import Storage

@Suite("Hashes of two at once", .enabled(if: RunningHash.isSupported, "the processor has no instructions for SHA-1"))
struct RunningHashTests {
    private func reference(_ bytes: [UInt8]) -> ObjectID {
        Insecure.SHA1.hash(data: bytes).withUnsafeBytes { ObjectID($0) }
    }

    @Test("every length around the ends of blocks")
    func lengths() {
        var random = SplitMix(seed: 1)
        for count in 0...200 {
            let bytes = random.bytes(count)
            var hash = RunningHash()
            hash.update(bytes)
            #expect(hash.finalize() == reference(bytes), "\(count) bytes")
        }
    }

    @Test("pieces of any length, alone and beside those of another", arguments: [1, 2, 3] as [UInt64])
    func pieces(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            var first = RunningHash(), second = RunningHash()
            var firstBytes: [UInt8] = [], secondBytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let length = Bool.random(using: &random) ? 70 : 3000
                let one = random.bytes(Int.random(in: 0...length, using: &random))
                let other = random.bytes(Int.random(in: 0...length, using: &random))
                firstBytes += one
                if Bool.random(using: &random) {
                    first.update(one)
                    continue
                }
                secondBytes += other
                one.withUnsafeBytes { one in
                    other.withUnsafeBytes { other in RunningHash.update(&first, with: one, &second, with: other) }
                }
            }
            #expect(first.finalize() == reference(firstBytes))
            #expect(second.finalize() == reference(secondBytes))
        }
    }

    @Test("an object has the same id as by `ObjectHash`")
    func objects() {
        for kind in ObjectKind.allCases {
            var hash = RunningHash(of: kind, byteCount: 3)
            hash.update([1, 2, 3])
            #expect(hash.finalize() == ObjectHash.id(of: kind, [1, 2, 3]))
        }
    }
}
