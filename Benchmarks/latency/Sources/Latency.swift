import API
import ArgumentParser
import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Measures an engine and a front that run, and prints a table.
@main
struct Latency: AsyncParsableCommand {
    @Option(help: "The engine's server; PACH_TOKEN is its token.")
    var pach: String

    @Option(help: "The recommender's front.")
    var front: String

    @Option(help: "A folder in the file system of the data root, to measure flushes in.")
    var folder: String

    @Option(help: "How often each thing is done.")
    var rounds = 200

    @Option(help: "How many clients there are where many do the same at once.")
    var clients = 16

    /// Rounds before those that count: sandboxes are set up, connections made, the model trained.
    private static let warmUpCount = 5

    func run() async throws {
        let flush = try Flush(in: folder)
        var flushes = Samples("flush: append 4 KiB, fdatasync")

        let engine = try EngineClient(url: pach, token: ProcessInfo.processInfo.environment["PACH_TOKEN"])
        let starts = try await Starts(engine)
        var put = Samples("put")
        var fromCommit = Samples("commit to first instruction")
        var fromPut = Samples("put to first instruction")
        for round in -Self.warmUpCount..<rounds {
            let seconds = try flush.measure()
            let times = try await starts.measure(round)
            guard round >= 0 else { continue }
            flushes.add(seconds)
            put.add(times.put)
            fromCommit.add(times.fromCommit)
            fromPut.add(times.fromPut)
        }
        try await engine.close()

        let predictions = Predictions(front)
        var alone = Samples("/predict to ready /result")
        for round in -Self.warmUpCount..<rounds {
            let seconds = try flush.measure()
            let time = try await predictions.measure(round)
            guard round >= 0 else { continue }
            flushes.add(seconds)
            alone.add(time)
        }

        var together = Samples("the same, \(clients) at once")
        let start = ContinuousClock.now
        together.add(contentsOf: try await predictions.measure(clients: clients, rounds: rounds))
        let duration = ContinuousClock.now - start
        try await predictions.close()

        let unit = flushes.quantile(0.5)
        print("| \(rounds) rounds | p50 ms | p99 ms | p50 flushes | p99 flushes |\n| --- | ---: | ---: | ---: | ---: |")
        for samples in [put, fromCommit, fromPut, alone, together, flushes] { print(samples.row(inUnitsOf: unit)) }
        let perSecond = Double(together.count) / (duration / .seconds(1))
        print("\n\(clients) at once: \(Samples.text(perSecond)) requests a second.")
    }
}
