import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct FileIngestTests {
    @Test("a file up to 1 MiB is one blob, a longer one a tree of chunks", arguments: [0, 1, 1_048_575, 1_048_576, 1_048_577, 2_000_000])
    func threshold(size: Int) throws {
        let objects = InMemoryStore()
        var generator = SplitMix(seed: 7)
        let bytes = generator.noise(size)
        let file = try store(bytes, in: objects)
        #expect(file.isChunked == (size > 1_048_576))
        #expect(file.size == size)
        #expect(try FileReader(objects).bytes(file) == bytes)
        #expect(try FileReader(objects).file(file.node) == file)
        if !file.isChunked { #expect(file.id == ObjectHash.id(of: .blob, bytes)) }
    }

    /// Random bytes, zeros, a short period, and long runs.
    private func data(_ size: Int, _ generator: inout SplitMix) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: [UInt8](repeating: 0, count: size)
        case 1: Array(Array(repeating: generator.noise(1000), count: size / 1000 + 1).joined().prefix(size))
        case 2: Array(generator.noise(size / 4096 + 1).flatMap { [UInt8](repeating: $0, count: 4096) }.prefix(size))
        default: generator.noise(size)
        }
    }

    @Test("a file that was appended to is stored as if written at once (invariant 9)", arguments: seeds(6))
    func appends(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let whole = data(Int.random(in: 0...5_000_000, using: &generator), &generator)
        let expected = try store(whole, in: InMemoryStore())
        let objects = InMemoryStore()
        var file = try store([], in: objects)
        var position = 0
        while position < whole.count {
            // Ends near the threshold, near the last end, and far away.
            let step = [1, 1000, 70_000, 1_048_576, 3_000_000].randomElement(using: &generator) ?? 1
            let end = min(
                whole.count,
                position + (position > 0 && step == 1 ? 1 : Int.random(in: step / 2 + 30_000...step + 60_000, using: &generator)))
            file = try store(Array(whole[position..<end]), in: objects, appendingTo: file)
            position = end
            #expect(file.size == position, "seed \(seed)")
        }
        #expect(file == expected, "seed \(seed)")
        #expect(try FileReader(objects).bytes(file) == whole, "seed \(seed)")
    }

    @Test("in whatever pieces a file comes, it is stored as if it came at once (invariant 9)", arguments: seeds(3))
    func pieces(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let whole = data(Int.random(in: 1_100_000...6_000_000, using: &generator), &generator)
        let objects = InMemoryStore()
        var ingest = FileIngest(writer: objects)
        var rest = whole[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...(Bool.random(using: &generator) ? 100_000 : 3_000_000), using: &generator))
            try ingest.write(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        let file = try ingest.finish()
        #expect(try file == store(whole, in: InMemoryStore()), "seed \(seed)")
        #expect(try FileReader(objects).bytes(file) == whole, "seed \(seed)")
    }

    @Test("appending nothing changes and reads nothing")
    func appendsNothing() throws {
        let file = try store([UInt8](repeating: 1, count: 3_000_000), in: InMemoryStore())
        #expect(try store([], in: InMemoryStore(), appendingTo: file) == file)
    }

    @Test("the size is known while the file grows")
    func sizes() throws {
        let objects = InMemoryStore()
        var ingest = FileIngest(writer: objects)
        #expect(ingest.size == 0)
        try ingest.write([UInt8](repeating: 0, count: 700_000))
        #expect(ingest.size == 700_000)
        try ingest.write([UInt8](repeating: 0, count: 700_000))
        #expect(ingest.size == 1_400_000)
        var more = FileIngest(appendingTo: try ingest.finish(), writer: objects, reader: objects)
        #expect(more.size == 1_400_000)
        try more.write([1])
        #expect(more.size == 1_400_001)
        _ = try more.finish()
    }

    @Test("100 bytes put before 24 MB add less than 2 MiB of objects")
    func insertion() throws {
        let objects = InMemoryStore()
        var generator = SplitMix(seed: 3)
        let bytes = generator.noise(24_000_000)
        try store(bytes, in: objects)
        let before = objects.byteCount
        try store(generator.noise(100), bytes, in: objects)
        #expect(objects.byteCount - before < 2 << 20)
    }

    @Test("the id of known bytes never changes")
    func golden() throws {
        var generator = SplitMix(seed: 1)
        let objects = InMemoryStore()
        #expect(try store(generator.noise(10_000_000), in: objects).id.description == "5c5fa852dd40e5127ba03183377300e42f85bc69")
        // 300 MB of zeros, without hashing each of them: chunks of the most that a chunk holds.
        var builder = ChunkTreeBuilder(writer: objects)
        let chunk = try objects.write(.blob, [UInt8](repeating: 0, count: 1 << 20))
        for _ in 0..<286 { try builder.append(chunk, size: 1 << 20) }
        let rest = 300_000_000 - builder.size
        try builder.append(try objects.write(.blob, [UInt8](repeating: 0, count: rest)), size: rest)
        #expect(try builder.finish().description == "36466407990e34999754653d32a5339c2b8c960a")
    }

    @Test("a base that is not what it says is corrupt")
    func corruptBase() throws {
        let objects = InMemoryStore()
        var file = try store([1, 2, 3], in: objects)
        file.size = 4
        #expect(failure { try store([1], in: objects, appendingTo: file) } == .corrupt)
        file.isChunked = true
        #expect(failure { try store([1], in: objects, appendingTo: file) } == .corrupt)
    }
}
