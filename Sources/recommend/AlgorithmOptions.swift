import ArgumentParser
import Recommenders

/// Which algorithm with which options, as options of commands that train; of those that estimate ratings and, where a command takes them,
/// of those that rank items.
struct AlgorithmOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The algorithm: \(Algorithms.names.joined(separator: ", ")). (default: \(SVD.name))", valueName: "name"))
    var algorithm: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("An option of the algorithm, as Surprise names it; may be given several times.", valueName: "option=value"))
    var options: [String] = []

    @Option(help: "Where random numbers start. (default: 0)")
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            "A file of algorithm, options and seed, as 'recommend tune' writes it; what is given beside it goes before it.",
            valueName: "file"))
    var parameters: String?

    @OptionGroup var machine: MachineOptions

    func validate() throws {
        // A file that cannot be used is no mistake of the command line.
        if parameters == nil { _ = try asUsage { () throws(RecommenderError) in try chosen().check() } }
    }

    /// The algorithm, its options and its seed.
    func chosen() throws(RecommenderError) -> Parameters {
        try Parameters(file: parameters, algorithm: algorithm, or: SVD.name, options: options, seed: seed)
    }

    /// The algorithm with its options set if it ranks items, else `nil`.
    func ranking() throws(RecommenderError) -> (any RankingAlgorithm)? {
        try chosen().ranking()
    }
}

extension Parameters {
    /// Those of a file, if there is one, with what is given beside it.
    init(file: String?, algorithm: String?, or usual: String, options: [String], seed: UInt64?) throws(RecommenderError) {
        if let file { try self.init(contentsOf: file) } else { self.init(algorithm: usual) }
        // Options of one algorithm say nothing to another.
        if let algorithm, algorithm != self.algorithm { self = Parameters(algorithm: algorithm, seed: self.seed) }
        for (option, value) in try assignments(options) { self.options[option] = value }
        if let seed { self.seed = seed }
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
