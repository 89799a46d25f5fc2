import Model
import Specs
import Testing

/// Texts that are nearly specs: reading them ends, either in specs or in located mistakes.
@Suite struct SpecFuzzTests {
    static let seeds = [
        SpecLoaderTests.fullSnake,
        """
        pipeline: &p
          name: train
        transform: {cmd: [sh, "-c"], env: {A: "1"}, stdin: [|-
        ]}
        input:
          cross:
          - pfs: {repo: a, glob: "/*"}
          - pfs: {repo: b, glob: /}
        ---
        # more
        pipeline: {name: *p}
        """,
    ]

    @Test func `Damaged texts are refused, not fatal`() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(state: seed)
        let pieces = [
            "{", "}", "[", "]", "\"", ",", ":", "\n", "\\", "-", "---\n", "&a ", "*a ", "!!str ", "null", "1e9", "\u{0}", "é", "? ", "| ",
            " ",
        ]
        for round in 0..<1500 {
            var bytes = Array(Self.seeds[round % 2].utf8)
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let start = Int.random(in: 0..<bytes.count, using: &generator)
                let end = min(bytes.count, start + Int.random(in: 0..<6, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.removeSubrange(start..<end)
                case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
                case 2: bytes[start] = UInt8.random(in: 0...255, using: &generator)
                default: bytes.insert(contentsOf: (pieces.randomElement(using: &generator) ?? "").utf8, at: start)
                }
            }
            do throws(PachError) {
                _ = try SpecLoader.load(bytes: bytes, fileName: "x")
            } catch {
                let isLocated = !error.details.isEmpty && error.details.allSatisfy { $0.line ?? 0 > 0 && $0.column ?? 0 > 0 }
                #expect(isLocated, "seed \(seed), round \(round): \(error.details)")
            }
        }
    }
}

/// A small generator whose sequence is known by its seed (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
