import ArgumentParser
import Recommenders

/// Which algorithm with which options, as options of commands that train; of those that estimate ratings and, where a command takes them,
/// of those that rank items.
struct AlgorithmOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The algorithm: \(Algorithms.names.joined(separator: ", ")); to rank items, with 'train' and 'rank': \
            \(RankingAlgorithms.names.joined(separator: ", ")). (default: \(SVD.name))
            """, valueName: "name"))
    var algorithm: String?

    @OptionGroup var given: ParameterOptions

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        // A file that cannot be used is no mistake of the command line.
        if given.parameters == nil { _ = try asUsage { () throws(RecommenderError) in try chosen().check() } }
    }

    /// The algorithm, its options and its seed.
    func chosen() throws(RecommenderError) -> Parameters {
        try given.chosen(algorithm, or: SVD.name)
    }

    /// The algorithm with its options set if it ranks items, else `nil`.
    func ranking() throws(RecommenderError) -> (any RankingAlgorithm)? {
        try chosen().ranking()
    }
}

/// An algorithm's options and seed, as options of commands that train.
struct ParameterOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "An option of the algorithm, as Surprise names it where it has it; may be given several times.", valueName: "option=value"))
    var options: [String] = []

    @Option(help: "Where random numbers start. (default: 0)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "A file of algorithm, options and seed, as 'recommend tune' writes it; what is given beside it goes before it.",
            valueName: "file"), completion: .file())
    var parameters: String?

    /// The algorithm that was asked for, or else that of the file, or else the usual one, with its options and seed.
    func chosen(_ algorithm: String?, or usual: String) throws(RecommenderError) -> Parameters {
        var chosen = if let parameters { try Parameters(contentsOf: parameters) } else { Parameters(algorithm: usual) }
        // Options of one algorithm say nothing to another.
        if let algorithm, algorithm != chosen.algorithm { chosen = Parameters(algorithm: algorithm, seed: chosen.seed) }
        for (option, value) in try assignments(options) { chosen.options[option] = value }
        if let seed { chosen.seed = seed }
        return chosen
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
