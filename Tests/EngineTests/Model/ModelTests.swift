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

    @Test(
        "invariants 1, 2, 5, 6 and 9: whatever users do, and the stock git between, the engine holds what the model holds",
        arguments: firstSeed..<firstSeed + UInt64(programCount))
    func program(seed: UInt64) async {
        var random = SplitMix(seed: seed)
        let program = [Step.createRepo(0)] + (1..<Self.stepCount).map { _ in Step.random(&random) }
        guard let failure = await Self.failure(of: program, seed) else { return }
        // Before it is run again: that takes long, and may meet another failure, or none.
        Issue.record(ModelRun.Difference(description: "seed \(seed): \(failure)"))
        let short = await Self.shrunk(program, seed, failure)
        let steps = short.steps.map { "    \($0)" }.joined(separator: "\n")
        Issue.record(
            ModelRun.Difference(description: "seed \(seed), the shortest program found that fails: \(short.failure)\n\(steps)"))
    }

    private static func failure(of program: [Step], _ seed: UInt64) async -> (any Error)? {
        do {
            try await ModelRun.check(program, seed: seed)
            return nil
        } catch {
            return error
        }
    }

    /// Leaves out what is not needed for a program to fail, in ever smaller pieces (Zeller, Hildebrandt: Simplifying and isolating
    /// failure-inducing input, 2002).
    private static func shrunk(
        _ program: [Step], _ seed: UInt64, _ failure: any Error
    ) async -> (steps: [Step], failure: any Error) {
        var shortest = (steps: program, failure: failure)
        var size = program.count / 2
        var runs = 0
        while size > 0 {
            var start = 0
            while start < shortest.steps.count, runs < shrinkingRunMax {
                let end = min(start + size, shortest.steps.count)
                let shorter = Array(shortest.steps[..<start] + shortest.steps[end...])
                runs += 1
                if let failure = await Self.failure(of: shorter, seed) {
                    shortest = (shorter, failure)
                } else {
                    start += size
                }
            }
            size /= 2
        }
        return shortest
    }
}
