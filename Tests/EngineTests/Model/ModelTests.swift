import Foundation
import TestSupport
import Testing

@Suite("Random programs, beside a model")
struct ModelTests {
    /// As many programs; `PACH_MODEL_PROGRAMS` says another number, `PACH_MODEL_SEED` where to begin.
    private static let programCount = ProcessInfo.processInfo.environment["PACH_MODEL_PROGRAMS"].flatMap(Int.init) ?? 10
    private static let firstSeed = ProcessInfo.processInfo.environment["PACH_MODEL_SEED"].flatMap(UInt64.init) ?? 20_261_121
    private static let stepCount = 40
    /// How often a program that fails is run again to find a shorter one.
    private static let shrinkingRunMax = 80

    @Test("invariants 1, 2, 5, 6 and 9: whatever users do, and the stock git between, the engine holds what the model holds")
    func programs() async throws {
        for seed in Self.firstSeed..<Self.firstSeed + UInt64(Self.programCount) {
            var random = SplitMix(seed: seed)
            let program = [Step.createRepo(0)] + (1..<Self.stepCount).map { _ in Step.random(&random) }
            guard var difference = await Self.difference(program, seed) else { continue }
            let short = await Self.shrunk(program, seed, &difference)
            let steps = short.map { "    \($0)" }.joined(separator: "\n")
            Issue.record("seed \(seed): \(difference)\nThe shortest program found that does it:\n\(steps)")
        }
    }

    private static func difference(_ program: [Step], _ seed: UInt64) async -> String? {
        do {
            try await ModelRun.check(program, seed: seed)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Leaves out what is not needed for a program to fail, in ever smaller pieces (Zeller, Hildebrandt: Simplifying and isolating
    /// failure-inducing input, 2002).
    private static func shrunk(_ program: [Step], _ seed: UInt64, _ last: inout String) async -> [Step] {
        var program = program
        var size = program.count / 2
        var runs = 0
        while size > 0 {
            var start = 0
            while start < program.count, runs < shrinkingRunMax {
                let shorter = Array(program[..<start] + program[min(start + size, program.count)...])
                runs += 1
                if let difference = await difference(shorter, seed) {
                    program = shorter
                    last = difference
                } else {
                    start += size
                }
            }
            size /= 2
        }
        return program
    }
}
