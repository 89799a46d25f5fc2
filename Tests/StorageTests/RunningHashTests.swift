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

    private func update(_ hashes: inout [RunningHash], with pieces: [[UInt8]]) {
        ByteSlice.withBytes(of: pieces.map { ByteSlice($0) }) { RunningHash.update(&hashes, with: $0) }
    }

    @Test("every length around the ends of blocks, with the processor's instructions and without", arguments: [false, true])
    func lengths(isByLibrary: Bool) {
        var random = SplitMix(seed: 1)
        for count in 0...200 {
            let bytes = random.bytes(count)
            var hash = isByLibrary ? RunningHash(isByLibrary: true) : RunningHash()
            bytes.withUnsafeBytes { hash.update($0) }
            #expect(hash.finalize() == reference(bytes), "\(count) bytes")
        }
    }

    @Test("pieces of any length, any number of them together", arguments: [1, 2, 3] as [UInt64])
    func pieces(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for count in 0...40 {
            // Some go another way than the rest, as on a processor without the instructions.
            let others = Set((0..<count).filter { _ in Int.random(in: 0..<8, using: &random) == 0 })
            var hashes = (0..<count).map { others.contains($0) ? RunningHash(isByLibrary: true) : RunningHash() }
            var contents = [[UInt8]](repeating: [], count: count)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let pieces = (0..<count).map { _ in
                    random.bytes(Int.random(in: 0...(Bool.random(using: &random) ? 70 : 3000), using: &random))
                }
                update(&hashes, with: pieces)
                for index in contents.indices { contents[index] += pieces[index] }
            }
            #expect(hashes.map { $0.finalize() } == contents.map(reference), "seed \(seed), \(count) messages")
        }
    }

    @Test("several objects have the ids that they have one by one", arguments: ObjectKind.allCases)
    func objects(_ kind: ObjectKind) {
        var random = SplitMix(seed: 4)
        let objects = (0..<20).map { random.bytes($0 * $0 * 50) }
        let ids = ByteSlice.withBytes(of: objects.map { ByteSlice($0) }) { ObjectHash.ids(of: kind, $0) }
        #expect(ids == objects.map { ObjectHash.id(of: kind, $0) })
    }
}
