import Crypto
import Dispatch
import Files
import Model
import Synchronization
import TestSupport
import Testing

@testable import Storage

@Suite("Hashing what several threads have to hash")
struct HashLanesTests {
    private func reference(_ bytes: [UInt8]) -> ObjectID {
        Insecure.SHA1.hash(data: bytes).withUnsafeBytes { ObjectID($0) }
    }

    /// Parts of a message, of a few slices each.
    private func parts(_ random: inout SplitMix) -> [[ByteSlice]] {
        (0..<Int.random(in: 1...6, using: &random)).map { _ in
            (0..<Int.random(in: 0...5, using: &random)).map { _ in
                let bytes = random.noise(Int.random(in: 0...(Bool.random(using: &random) ? 70 : 3000), using: &random))
                let start = Int.random(in: 0...bytes.count, using: &random)
                return ByteSlice(bytes, start..<Int.random(in: start...bytes.count, using: &random))
            }
        }
    }

    @Test("any number of messages, of any parts, have the hashes that they have one by one", .timeLimit(.minutes(1)), arguments: seeds(3))
    func manyMessages(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let lanes = HashLanes()
        for count in 0...40 {
            // Some go another way than the rest, as on a processor without the instructions.
            let messages = (0..<count).map { _ in
                HashLanes.Message(after: Int.random(in: 0..<8, using: &random) == 0 ? RunningHash(isByLibrary: true) : RunningHash())
            }
            var rests = messages.map { (message: $0, parts: parts(&random)[...]) }
            let contents = rests.map { $0.parts.flatMap { $0.flatMap(\.bytes) } }
            let through = DispatchGroup()
            let order = Mutex<[[Int]]>(Array(repeating: [], count: count))
            while let index = rests.indices.filter({ !rests[$0].parts.isEmpty }).randomElement(using: &random) {
                let number = rests[index].parts.startIndex
                through.enter()
                lanes.add(rests[index].parts.removeFirst(), to: rests[index].message) {
                    order.withLock { $0[index].append(number) }
                    through.leave()
                }
            }
            lanes.awaiting { through.wait() }
            #expect(messages.map(\.checksum) == contents.map(reference), "seed \(seed), \(count) messages")
            #expect(order.withLock { $0 }.allSatisfy { $0 == Array($0.indices) }, "seed \(seed), \(count) messages")
        }
    }

    @Test("threads that add and threads that wait do not get in each other's way", .timeLimit(.minutes(1)), arguments: seeds(1))
    func manyThreads(_ seed: UInt64) {
        let lanes = HashLanes()
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var random = SplitMix(seed: seed &+ UInt64(thread))
            for _ in 0..<100 {
                let message = HashLanes.Message()
                let parts = parts(&random)
                let through = DispatchGroup()
                for part in parts {
                    through.enter()
                    lanes.add(part, to: message) { through.leave() }
                }
                lanes.awaiting { through.wait() }
                if message.checksum != reference(parts.flatMap { $0.flatMap(\.bytes) }) { wrong.withLock { $0 += 1 } }
            }
        }
        #expect(wrong.withLock { $0 } == 0, "seed \(seed)")
    }

    @Test("an object has the name that it has otherwise", arguments: ObjectKind.allCases)
    func object(_ kind: ObjectKind) {
        var random = SplitMix(seed: 4)
        for size in [0, 1, 63, 64, 1000, 100_000] {
            let bytes = random.noise(size)
            let message = ObjectHash.message(for: kind, byteCount: size)
            let through = DispatchGroup()
            through.enter()
            HashLanes.shared.add([ByteSlice(bytes)], to: message) { through.leave() }
            HashLanes.shared.awaiting { through.wait() }
            #expect(message.checksum == ObjectHash.id(of: kind, bytes))
        }
    }
}
