import Crypto
import Files
import Model
import TestSupport
import Testing

@testable import Storage

@Suite("Hashes of many at once")
struct RunningHashTests {
    private func reference(_ bytes: [UInt8]) -> ObjectID {
        Insecure.SHA1.hash(data: bytes).withUnsafeBytes { ObjectID($0) }
    }

    @Test("every length around the ends of blocks, with the processor's instructions and without", arguments: [false, true])
    func lengths(isByLibrary: Bool) {
        var random = SplitMix(seed: 1)
        for count in 0...200 {
            let bytes = random.noise(count)
            var hash = isByLibrary ? RunningHash(isByLibrary: true) : RunningHash()
            bytes.withUnsafeBytes { hash.update($0) }
            #expect(hash.finalize() == reference(bytes), "\(count) bytes")
        }
    }

    @Test("pieces of any length", arguments: [false, true])
    func pieces(isByLibrary: Bool) {
        var random = SplitMix(seed: 2)
        for _ in 0..<50 {
            var hash = isByLibrary ? RunningHash(isByLibrary: true) : RunningHash()
            var whole: [UInt8] = []
            for _ in 0..<Int.random(in: 1...9, using: &random) {
                let piece = random.noise(Int.random(in: 0...(Bool.random(using: &random) ? 70 : 3000), using: &random))
                piece.withUnsafeBytes { hash.update($0) }
                whole += piece
            }
            #expect(hash.finalize() == reference(whole))
        }
    }
}
