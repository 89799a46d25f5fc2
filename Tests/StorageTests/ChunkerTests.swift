import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct ChunkerTests {
    /// The algorithm as docs/storage-format.md has it, byte by byte.
    private func specified(_ data: [UInt8]) -> [Int] {
        var generator = SplitMix(seed: 0x7061_6368_6368_6e6b)
        let gear = (0..<256).map { _ in generator.next() }
        var lengths: [Int] = [], start = 0
        while start < data.count {
            var hash: UInt64 = 0, length = 0
            while start + length < data.count {
                if length >= 65_536 - 64 { hash = (hash << 1) &+ gear[Int(data[start + length])] }
                length += 1
                if length == 1_048_576 { break }
                if length >= 262_144, hash >> 48 == 0 { break }
                if length >= 65_536, hash >> 44 == 0 { break }
            }
            lengths.append(length)
            start += length
        }
        return lengths
    }

    private func cut(_ data: [UInt8], isFast: Bool = true, pieces: () -> Int) -> [Int] {
        var chunker = Chunker(isFast: isFast)
        var lengths: [Int] = [], pending = 0, position = 0
        data.withUnsafeBytes { data in
            while position < data.count {
                var rest = UnsafeRawBufferPointer(rebasing: data[position..<min(position + pieces(), data.count)])
                position += rest.count
                while let length = chunker.cut(rest) {
                    lengths.append(pending + length)
                    pending = 0
                    rest = UnsafeRawBufferPointer(rebasing: rest[length...])
                }
                pending += rest.count
            }
        }
        return pending > 0 ? lengths + [pending] : lengths
    }

    @Test("cuts are those of the specification, however the bytes arrive", arguments: seeds(1), [false, true])
    func agrees(seed: UInt64, isFast: Bool) {
        var generator = SplitMix(seed: seed)
        let data = generator.noise(3_000_000)
        let expected = specified(data)
        #expect(cut(data, isFast: isFast) { .max / 2 } == expected, "seed \(seed)")
        #expect(cut(data, isFast: isFast) { Int.random(in: 1...200_000, using: &generator) } == expected, "seed \(seed)")
        let start = Array(data.prefix(400_000))
        #expect(cut(start, isFast: isFast) { Int.random(in: 1...97, using: &generator) } == specified(start), "seed \(seed)")
    }

    @Test("the cuts of known bytes never change")
    func golden() {
        var generator = SplitMix(seed: 1)
        #expect(cut(generator.noise(2_000_000)) { .max / 2 } == [279742, 302061, 593893, 348405, 116348, 357700, 1851])
    }

    @Test("bytes without variety are cut at the most")
    func zeros() {
        #expect(cut([UInt8](repeating: 0, count: 2_500_000)) { 300_001 } == [1_048_576, 1_048_576, 402_848])
    }
}
