internal import Dispatch
internal import Foundation
internal import Synchronization

/// Shows, on a scratch data root, that faults, crashes and power cuts lose nothing that was acknowledged.
///
/// Each trial runs the unmodified `pach` as a user would, with a library in front of the C library that fails, records or stops what it
/// does to files; the root is then opened again and judged by `pach fsck`, by `git fsck --strict`, and by what it showed before and would
/// show after. Which trials are made in the given time is chosen at random by the seed. So are the random numbers that the programs draw, and
/// the time of day is given: many trials then leave the same bytes, which are judged once, and one that fails can be made again.
public struct Selftest: Sendable {
    public struct Options: Sendable {
        /// The program under test, and the library `pachfaults`.
        public var pach: String
        public var library: String
        /// A folder that does not exist; it is removed at the end. In memory (tmpfs) trials are fastest.
        public var scratch: String
        /// Chooses what is tried, and is printed with each failure.
        public var seed: UInt64
        /// How long trials are begun; those under way are finished.
        public var duration: Duration
        /// How many trials run at a time.
        public var workers: Int
        /// What is tried; not empty.
        public var kinds: [Kind]
        /// Whether only kinds are tried of which all trials can be made, and each of those once.
        public var isExhaustive: Bool

        public init(
            pach: String, library: String, scratch: String, seed: UInt64, duration: Duration, workers: Int, kinds: [Kind] = Kind.allCases,
            isExhaustive: Bool = false
        ) {
            self.pach = pach
            self.library = library
            self.scratch = scratch
            self.seed = seed
            self.duration = duration
            self.workers = workers
            self.kinds = kinds
            self.isExhaustive = isExhaustive
        }
    }

    /// A kind of trial.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A command one of whose file operations fails.
        case fault
        /// A command that ends at some operation.
        case crash
        /// A power cut.
        case powerCut = "power-cut"
        /// A power cut, and another while the root is opened again.
        case recovery
        /// A crash, one more command, and then a power cut.
        case resumption
        /// A server that meets a fault or its end while clients put files.
        case service
        /// A file that nobody wrote is another.
        case damage

        /// Kinds of which there is a number of trials that can be made; of the others there are always more.
        public static let countable: [Kind] = [.fault, .crash, .powerCut, .service]
    }

    private let options: Options

    public init(_ options: Options) {
        self.options = options
    }

    /// Runs until the time is over or every trial was made. Blocks.
    /// - Parameters:
    ///   - isStopped: asked before each trial. Those that are under way as it turns true are finished and do not count: the programs that they
    ///     run may have been stopped too.
    ///   - report: told of progress and of each failure, a line at a time, from any thread.
    /// - Throws: where the selftest itself cannot go on.
    public func run(
        isStopped: @escaping @Sendable () -> Bool = { false }, report: @escaping @Sendable (String) -> Void
    ) throws -> SelftestTotals {
        let clock = ContinuousClock()
        defer {
            // What cannot be removed is in a folder for scratch.
            try? FileManager.default.removeItem(atPath: options.scratch)
        }
        let programs = House.Programs(pach: options.pach, library: options.library)
        let houses = try (0..<max(2, options.workers)).map { try House(folder: "\(options.scratch)/\($0)", programs: programs) }
        for house in houses { try Script.prepare(house) }
        report("seed \(options.seed): learning what \(Script.steps.count) commands do to the disk")
        let reference = try Reference(steps: Script.steps, seed: options.seed, house: houses[0], mirror: houses[1])
        let queue = try TrialQueue(reference, options)
        report("\(reference.timeline.count) file operations")
        let end = clock.now + options.duration

        let sound = SoundDisks()
        let totals = Mutex(SelftestTotals(seed: options.seed, of: queue.countable, reference))
        let failure = Mutex<(any Error)?>(nil)
        let lastProgress = Mutex(clock.now)
        DispatchQueue.concurrentPerform(iterations: options.workers) { worker in
            let judge = Judge(reference: reference, house: houses[worker], sound: sound)
            while clock.now < end, !isStopped(), failure.withLock({ $0 == nil }), let trial = queue.next() {
                let operation = trial.operation(in: reference)
                do {
                    let happened = try judge.hold(trial)
                    totals.withLock { $0.count(trial, of: operation, happened: happened) }
                } catch  where isStopped() {
                    return
                } catch let problem as Problem {
                    totals.withLock { $0.countFailure(trial, of: operation) }
                    report("FAILED: \(trial.description(in: reference)): \(problem) [seed \(options.seed), \(trial)]")
                } catch {
                    failure.withLock { $0 = $0 ?? error }
                }
                let isTime = lastProgress.withLock { last in
                    guard clock.now - last > .seconds(10) else { return false }
                    last = clock.now
                    return true
                }
                if isTime { report(totals.withLock { $0.summary }) }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        return totals.withLock { $0 }
    }
}

/// Deals out trials, of each kind alike, in an order that depends on the seed alone: so those that were made when the time is over say
/// something of all.
private final class TrialQueue: Sendable {
    private struct State {
        /// Of each kind, those that are left, the next one last.
        var trials: [Selftest.Kind: [Trial]]
        var random: SplitMix
        var turn = 0
    }

    /// All that there are of the kinds whose trials can be counted.
    let countable: [Trial]
    private let state: Mutex<State>
    private let reference: Reference
    private let kinds: [Selftest.Kind]
    private let isExhaustive: Bool

    init(_ reference: Reference, _ options: Selftest.Options) throws {
        self.reference = reference
        kinds = options.kinds
        isExhaustive = options.isExhaustive
        var random = SplitMix(seed: options.seed)
        var trials = try Trial.all(of: reference, seed: options.seed)
        countable = trials.values.flatMap { $0 }
        for kind in Selftest.Kind.countable {
            trials[kind]?.shuffle(using: &random)
        }
        state = Mutex(State(trials: trials, random: random))
    }

    /// Nil once there are none left; of kinds that are chosen at random there always are.
    func next() -> Trial? {
        state.withLock { state in
            while kinds.contains(where: { state.trials[$0]?.isEmpty == false || isEndless($0) }) {
                let kind = kinds[state.turn % kinds.count]
                state.turn += 1
                if let trial = state.trials[kind]?.popLast() ?? random(kind, &state.random) { return trial }
            }
            return nil
        }
    }

    private func isEndless(_ kind: Selftest.Kind) -> Bool {
        switch kind {
        case .fault, .crash, .powerCut, .service: false
        case .recovery, .resumption, .damage: !isExhaustive
        }
    }

    private func random(_ kind: Selftest.Kind, _ random: inout SplitMix) -> Trial? {
        guard isEndless(kind) else { return nil }
        let position = Int.random(in: 0...reference.timeline.count, using: &random)
        switch kind {
        case .recovery:
            let (choice, at) = (DiskModel.Choice.random(random.next()), Int.random(in: 1...40, using: &random))
            return .recovery(position: position, choice, at: at, random.next())
        case .resumption: return .resumption(position: position, random.next())
        case .damage:
            // There is a repo, and the file that is read.
            let step = Int.random(in: 3..<reference.steps.count - 1, using: &random)
            return Damage.allCases.randomElement(using: &random).map { .damage(step: step, $0, random.next()) }
        case .fault, .crash, .powerCut, .service: return nil
        }
    }
}
