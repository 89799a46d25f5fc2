import Dispatch
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What to compute with: threads, an instruction set, and memory. None makes a difference to any result.
public struct Machine: Sendable {
    /// How many threads may work at once, at least 1.
    public let threads: Int
    /// Bytes of memory; what is known to take more is not begun.
    let memory: Int
    /// The inner loops.
    let kernels: Kernels

    /// All processors, and the widest registers.
    public static let whole = Machine(threads: ProcessInfo.processInfo.activeProcessorCount, kernels: .widest)

    init(threads: Int, kernels: Kernels, memory: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory)) {
        self.threads = threads
        self.kernels = kernels
        self.memory = memory
    }

    /// Chooses a part of the machine.
    ///
    /// - Parameters:
    ///   - threads: At least 1; by default one for each processor.
    ///   - instructionSet: One of `instructionSets`; by default that with the widest registers.
    /// - Throws: `.invalidOption` when this machine does not have that.
    public init(threads: Int? = nil, instructionSet: String? = nil) throws(RecommenderError) {
        if let threads, !(1...1024).contains(threads) {
            throw RecommenderError(.invalidOption, "\(threads) is not a number of threads", hint: "Give a number from 1 to 1024.")
        }
        self.threads = threads ?? Self.whole.threads
        memory = Self.whole.memory
        guard let instructionSet else {
            kernels = .widest
            return
        }
        guard let found = Kernels.available.first(where: { $0.name == instructionSet }) else {
            throw RecommenderError(
                .invalidOption, "This machine does not run the instruction set '\(instructionSet)'",
                hint: "It runs: \(Self.instructionSets.joined(separator: ", ")).")
        }
        kernels = found
    }

    /// The instruction sets that this machine can run, by width of registers.
    public static var instructionSets: [String] { Kernels.available.map(\.name) }

    /// The instruction set that is used.
    public var instructionSet: String { kernels.name }

    /// Refuses what would take more memory than there is, before it is begun.
    ///
    /// - Parameters:
    ///   - byteCount: What it takes at least. A `Double`, since products of counts may be beyond 64 bits.
    ///   - what: What takes it, as the subject of a sentence.
    ///   - hint: What to do instead.
    /// - Throws: `.invalidInput`.
    func demand(_ byteCount: Double, for what: String, hint: String) throws(RecommenderError) {
        guard byteCount > Double(memory) else { return }
        func gigabytes(_ byteCount: Double) -> Double { (byteCount / 1e8).rounded(.up) / 10 }
        throw RecommenderError(
            .invalidInput, "\(what) takes \(gigabytes(byteCount)) GB, and the machine has \(gigabytes(Double(memory)))", hint: hint)
    }

    /// Runs `body` for the numbers in `0..<count`, a chunk at a time, on all threads.
    ///
    /// Which thread takes which chunk is left to chance, so each chunk must write only what belongs to its own numbers.
    ///
    /// - Parameters:
    ///   - count: At least 0.
    ///   - chunk: Numbers that are handed out at once, at least 1.
    func forEach(_ count: Int, chunk: Int, _ body: (Range<Int>) -> Void) {
        let chunks = (count + chunk - 1) / chunk
        guard threads > 1, chunks > 1 else {
            for taken in 0..<chunks { body(taken * chunk..<min((taken + 1) * chunk, count)) }
            return
        }
        let next = Atomic(0)
        withoutActuallyEscaping(body) { body in
            // What the body touches is kept apart by its chunks, as said above; it is gone from all threads when this returns.
            nonisolated(unsafe) let body = body
            DispatchQueue.concurrentPerform(iterations: min(threads, chunks)) { _ in
                while true {
                    let taken = next.add(1, ordering: .relaxed).oldValue
                    guard taken < chunks else { return }
                    body(taken * chunk..<min((taken + 1) * chunk, count))
                }
            }
        }
    }

    /// What two functions give that do not depend on each other, computed beside each other.
    func both<First, Second>(_ first: () -> First, _ second: () -> Second) -> (First, Second) {
        guard threads > 1 else { return (first(), second()) }
        var (one, two): (First?, Second?)
        forEach(2, chunk: 1) { numbers in
            for number in numbers { if number == 0 { one = first() } else { two = second() } }
        }
        guard let one, let two else { preconditionFailure("each number is taken once") }
        return (one, two)
    }

    /// What `make` gives for each number in `0..<count`, computed on all threads.
    func map<Result: BitwiseCopyable>(_ count: Int, chunk: Int = 64, _ make: (Int) -> Result) -> [Result] {
        [Result](unsafeUninitializedCapacity: count) { results, initialized in
            // Each number has a place of its own.
            let start = results.baseAddress
            forEach(count, chunk: chunk) { numbers in
                for number in numbers { start?.advanced(by: number).initialize(to: make(number)) }
            }
            initialized = count
        }
    }
}
