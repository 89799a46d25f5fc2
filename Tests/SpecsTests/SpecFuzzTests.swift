import Model
import Specs
import TestSupport
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
        var generator = SplitMix(seed: seed)
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
