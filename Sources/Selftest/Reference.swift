/// A run of the script in which nothing goes wrong: what each command does to the disk, and what the root shows after it.
struct Reference: Sendable {
    let steps: [Step]
    private let seed: UInt64
    /// The arguments of each step.
    private(set) var words: [[String]] = []
    /// The disk before each step, and after the last.
    var disks: [FileTree] = []
    /// What the root shows then.
    var facts: [RootFacts] = []
    /// What each step does to the disk.
    var operations: [[FileOperation]] = []
    /// What a server does to the disk while clients put files, and what the root shows afterwards.
    private(set) var service = Service()
    /// The disk before each step with all that is not durable yet.
    private var models = [DiskModel(FileTree())]

    /// Runs the script, each step recorded; a second house is for looking at what came out, which changes it.
    init(steps: [Step], seed: UInt64, house: House, mirror: House) throws {
        self.steps = steps
        self.seed = seed
        try FileTree().write(to: house.data)
        for (index, step) in steps.enumerated() {
            try look(house, mirror)
            let words = try step.words(in: mirror)
            let outcome = try house.pach(words, plan: FaultPlan(chance: chance(of: index)), records: true)
            guard outcome.code == 0 else { throw SelftestFailure("pach \(words.joined(separator: " ")): \(outcome.summary)") }
            self.words.append(words)
            let record = try house.takeRecord()
            guard !record.isEmpty else { throw SelftestFailure("the library of faults is not loaded; see ld.so(8), LD_PRELOAD") }
            operations.append(record)
            var model = models[models.count - 1]
            for operation in record { try model.apply(operation) }
            models.append(model)
        }
        timeline = operations.flatMap { $0 }
        try look(house, mirror)
        service = try Service(self, house)
    }

    private mutating func look(_ house: House, _ mirror: House) throws {
        let disk = try FileTree(reading: house.data)
        try disk.write(to: mirror.data)
        do {
            facts.append(try RootFacts(of: mirror))
            try RootFacts.checkWithGit(mirror)
        } catch {
            throw SelftestFailure("nothing went wrong, and yet: \(error)")
        }
        disks.append(disk)
    }

    /// What a step meets each time that it is run. Random numbers differ from step to step, and time goes on.
    /// - Parameter step: the number of steps, for what comes after all of them.
    func chance(of step: Int) -> Chance {
        Chance(seed: SplitMix.word(seed, step), time: Self.beginning + step * 60)
    }

    /// 1 January 2026, in seconds since 1970.
    private static let beginning = 1_767_225_600

    /// All operations, in their order.
    private(set) var timeline: [FileOperation] = []

    /// The disk, with all that is not durable yet, just before an operation of the timeline.
    /// - Parameter position: 0 to the number of operations.
    func model(beforeOperation position: Int) throws -> DiskModel {
        let step = step(before: position)
        var model = models[step]
        let start = operations[..<step].reduce(0) { $0 + $1.count }
        for operation in operations[step].prefix(position - start) { try model.apply(operation) }
        return model
    }

    /// What a power cut just before an operation of the timeline leaves, by the model of a disk.
    /// - Parameter position: 0 to the number of operations.
    func disk(beforeOperation position: Int, _ choice: DiskModel.Choice) throws -> FileTree {
        try model(beforeOperation: position).state(choice)
    }

    /// The step to which the last operation before `position` belongs.
    func step(before position: Int) -> Int {
        var left = position
        for (step, operations) in operations.enumerated() {
            if left <= operations.count { return step }
            left -= operations.count
        }
        return steps.count - 1
    }

    /// Whether a step has ended, and so was acknowledged, exactly there.
    func isEnd(_ position: Int) -> Bool {
        var left = position
        for operations in operations {
            left -= operations.count
            if left == 0 { return true }
            if left < 0 { return false }
        }
        return false
    }
}
