/// What was tried, by the command on which it was.
public struct SelftestTotals: Sendable {
    /// Trials of one command.
    public struct Row: Sendable {
        public var faults = 0
        public var crashes = 0
        public var powerCuts = 0
        public var recoveries = 0
        public var damages = 0
        public var failures = 0
    }

    public let seed: UInt64
    public private(set) var rows: [String: Row] = [:]

    init(seed: UInt64) {
        self.seed = seed
    }

    mutating func count(_ trial: Trial, of operation: String) {
        switch trial {
        case .fault: rows[operation, default: Row()].faults += 1
        case .crash, .service(.kill, _, _), .service(.tear, _, _): rows[operation, default: Row()].crashes += 1
        case .service: rows[operation, default: Row()].faults += 1
        case .powerCut: rows[operation, default: Row()].powerCuts += 1
        case .damage: rows[operation, default: Row()].damages += 1
        case .recovery, .resumption: rows[operation, default: Row()].recoveries += 1
        }
    }

    mutating func countFailure(_ trial: Trial, of operation: String) {
        count(trial, of: operation)
        rows[operation, default: Row()].failures += 1
    }

    public var failures: Int { rows.values.reduce(0) { $0 + $1.failures } }

    private var sum: Row {
        rows.values.reduce(into: Row()) { sum, row in
            sum.faults += row.faults
            sum.crashes += row.crashes
            sum.powerCuts += row.powerCuts
            sum.recoveries += row.recoveries
            sum.damages += row.damages
            sum.failures += row.failures
        }
    }

    /// One line.
    public var summary: String {
        let sum = sum
        return
            "\(sum.faults) faults, \(sum.crashes) crashes, \(sum.powerCuts) power cuts, \(sum.recoveries) cuts in or after recovery, \(sum.damages) damaged files: "
            + "\(sum.failures) failures"
    }

    /// The table of `docs/reliability.md`, in Markdown.
    public var table: String {
        var lines = [
            "| Command | Faults | Crashes | Power cuts | Cuts in or after recovery | Damaged files | Failures |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        func line(_ name: String, _ row: Row) -> String {
            "| \(name) | \(row.faults) | \(row.crashes) | \(row.powerCuts) | \(row.recoveries) | \(row.damages) | \(row.failures) |"
        }
        for (name, row) in rows.sorted(by: { $0.key < $1.key }) { lines.append(line(name, row)) }
        lines.append(line("**all**", sum))
        return lines.joined(separator: "\n") + "\n"
    }
}
