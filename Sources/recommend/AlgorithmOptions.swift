import ArgumentParser
import Recommenders

/// Which algorithm with which options, as options of commands that train; of those that estimate ratings and, where a command takes them,
/// of those that rank items.
struct AlgorithmOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The algorithm: \(Algorithms.names.joined(separator: ", ")).", valueName: "name"))
    var algorithm = SVD.name

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("An option of the algorithm, as Surprise names it; may be given several times.", valueName: "option=value"))
    var options: [String] = []

    @Option(help: "Where random numbers start.")
    var seed: UInt64 = 0

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        _ = try asUsage { () throws(RecommenderError) in try ranking() == nil ? configured() : nil }
    }

    /// The algorithm with its options set.
    ///
    /// - Throws: `.invalidOption` when there is no such algorithm that estimates ratings, or an option is not one of its.
    func configured() throws(RecommenderError) -> any Algorithm {
        var algorithm = try Algorithms.named(algorithm, seed: seed)
        for (option, value) in try assignments(options) { try algorithm.set(option, to: value) }
        return algorithm
    }

    /// The algorithm with its options set if it ranks items, else `nil`.
    func ranking() throws(RecommenderError) -> (any RankingAlgorithm)? {
        guard RankingAlgorithms.names.contains(algorithm) else { return nil }
        var algorithm = try RankingAlgorithms.named(algorithm, seed: seed)
        for (option, value) in try assignments(options) { try algorithm.set(option, to: value) }
        return algorithm
    }
}

/// What to compute with, as options of commands that compute much. It makes no difference to results; models name the instruction set.
struct MachineOptions: ParsableArguments {
    @Option(help: "Threads that may work at once; one for each processor by default.")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The instruction set: \(Machine.instructionSets.joined(separator: ", ")); the last by default.", valueName: "name"))
    var isa: String?

    func validate() throws {
        _ = try asUsage(chosen)
    }

    func chosen() throws(RecommenderError) -> Machine {
        try Machine(threads: threads, instructionSet: isa)
    }
}
