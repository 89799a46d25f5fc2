/// What was tried, by the command on which it was.
public struct SelftestTotals: Sendable {
    /// How many of the trials that there are were made.
    public struct Share: Sendable {
        public var made = 0
        public var all = 0

        fileprivate var text: String { "\(made) of \(all)" }
    }

    /// Trials of one command.
    public struct Row: Sendable {
        /// Operations on files that the command makes, each time that the script has it: what k counts.
        public var operations = 0
        public var faults = Share()
        public var crashes = Share()
        public var powerCuts = Share()
        /// Power cuts while the root is opened again, or after one more command.
        public var recoveries = 0
        public var damages = 0
        /// Of the faults and crashes made, those that met no k-th operation: threads take turns as they like.
        public var missed = 0
        public var failures = 0
    }

    public let seed: UInt64
    public private(set) var rows: [String: Row] = [:]

    /// - Parameter trials: those that there are, of the kinds that can be counted.
    init(seed: UInt64, of trials: [Trial], _ reference: Reference) {
        self.seed = seed
        for (step, operations) in reference.operations.enumerated() {
            rows[reference.steps[step].operation, default: Row()].operations += operations.count { $0.number > 0 }
        }
        rows["serve", default: Row()].operations += reference.service.operations.count { $0.number > 0 }
        for trial in trials {
            let operation = trial.operation(in: reference)
            if let share = Self.share(of: trial) { rows[operation, default: Row()][keyPath: share].all += 1 }
        }
    }

    private static func share(of trial: Trial) -> WritableKeyPath<Row, Share>? {
        switch trial {
        case .crash, .service(.kill, _, _), .service(.tear, _, _): \.crashes
        case .fault, .service: \.faults
        case .powerCut: \.powerCuts
        case .damage, .recovery, .resumption: nil
        }
    }

    /// - Parameter happened: whether there was something left to fail or to stop.
    mutating func count(_ trial: Trial, of operation: String, happened: Bool) {
        if let share = Self.share(of: trial) {
            rows[operation, default: Row()][keyPath: share].made += 1
            if !happened { rows[operation, default: Row()].missed += 1 }
        } else if happened {
            if trial.kind == .damage {
                rows[operation, default: Row()].damages += 1
            } else {
                rows[operation, default: Row()].recoveries += 1
            }
        }
    }

    mutating func countFailure(_ trial: Trial, of operation: String) {
        count(trial, of: operation, happened: true)
        rows[operation, default: Row()].failures += 1
    }

    public var failures: Int { rows.values.reduce(0) { $0 + $1.failures } }

    private var sum: Row {
        rows.values.reduce(into: Row()) { sum, row in
            sum.operations += row.operations
            for share in [\Row.faults, \Row.crashes, \Row.powerCuts] {
                sum[keyPath: share].made += row[keyPath: share].made
                sum[keyPath: share].all += row[keyPath: share].all
            }
            sum.recoveries += row.recoveries
            sum.damages += row.damages
            sum.missed += row.missed
            sum.failures += row.failures
        }
    }

    /// One line.
    public var summary: String {
        let sum = sum
        return
            "\(sum.faults.text) faults, \(sum.crashes.text) crashes, \(sum.powerCuts.text) power cuts, \(sum.recoveries) cuts in or after "
            + "recovery, \(sum.damages) damaged files: \(sum.failures) failures"
    }

    /// The table of `docs/reliability.md`, in Markdown.
    public var table: String {
        var lines = [
            "| Command | File operations | Faults | Crashes | Power cuts | Cuts in or after recovery | Damaged files | Missed | Failures |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        func line(_ name: String, _ row: Row) -> String {
            "| \(name) | \(row.operations) | \(row.faults.text) | \(row.crashes.text) | \(row.powerCuts.text) | \(row.recoveries) "
                + "| \(row.damages) | \(row.missed) | \(row.failures) |"
        }
        for (name, row) in rows.sorted(by: { $0.key < $1.key }) { lines.append(line(name, row)) }
        lines.append(line("**all**", sum))
        return lines.joined(separator: "\n") + "\n"
    }
}
