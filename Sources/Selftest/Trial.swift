/// One thing to try on a copy of the root, and how to judge it.
enum Trial: Sendable, Hashable {
    /// A command one of whose file operations fails.
    case fault(step: Int, FaultPlan.Fault, at: Int, forEver: Bool)
    /// A command that ends at one of the operations that change something.
    case crash(step: Int, at: Int, torn: Bool)
    /// A power cut before an operation of the whole script.
    case powerCut(position: Int, DiskModel.Choice)
    /// A crash before an operation of the whole script, then one more command, then a power cut: what the crash left unsynced must not take
    /// along what that command was told is safe.
    case resumption(position: Int, UInt64)
    /// A server that meets a fault, or its end, while clients put files.
    case service(FaultPlan.Fault, at: Int, forEver: Bool)
    /// A file of the root before a step is damaged.
    case damage(step: Int, Damage, UInt64)
    /// A power cut, and another while the root is opened again: at that operation, with this choice.
    case recovery(position: Int, DiskModel.Choice, at: Int, UInt64)
}

extension Trial {
    /// Of the changes that a power cut finds pending, all subsets are tried while there are no more than this many.
    private static let pendingCountForAllSubsets = 4
    /// How many random subsets are tried otherwise.
    private static let randomSubsetCount = 4

    /// All faults, crashes and faults of a server that there are, for each operation on a file; and power cuts after each change, with all
    /// subsets of what is pending, or some.
    static func all(of reference: Reference, seed: UInt64) throws -> [Selftest.Kind: [Trial]] {
        var trials: [Selftest.Kind: [Trial]] = [:]
        // One fault after the other, so that a run that is ended has made some of them at every operation.
        for forEver in [false, true] {
            for fault in FaultPlan.Fault.allCases {
                for (step, operations) in reference.operations.enumerated() {
                    for operation in operations where operation.number > 0 && faults(of: operation).contains(fault) {
                        trials[.fault, default: []].append(.fault(step: step, fault, at: operation.number, forEver: forEver))
                    }
                }
            }
        }
        for (step, operations) in reference.operations.enumerated() {
            for (index, operation) in operations.filter({ $0.mayChange }).enumerated() {
                trials[.crash, default: []].append(.crash(step: step, at: index + 1, torn: false))
                if operation.kind == .write, operation.data.count > 1 {
                    trials[.crash, default: []].append(.crash(step: step, at: index + 1, torn: true))
                }
            }
        }
        for operation in reference.service.operations where operation.number > 0 {
            for fault in faults(of: operation) {
                for forEver in [false, true] {
                    trials[.service, default: []].append(.service(fault, at: operation.number, forEver: forEver))
                }
            }
            if operation.mayChange { trials[.service, default: []].append(.service(.kill, at: operation.number, forEver: false)) }
            if operation.kind == .write { trials[.service, default: []].append(.service(.tear, at: operation.number, forEver: false)) }
        }
        trials[.powerCut] = try powerCuts(of: reference, seed: seed)
        return trials
    }

    private static func powerCuts(of reference: Reference, seed: UInt64) throws -> [Trial] {
        var random = SplitMix(seed: seed)
        var trials: [Trial] = []
        var disk = DiskModel(FileTree())
        for position in 0...reference.timeline.count {
            if position > 0 {
                let operation = reference.timeline[position - 1]
                try disk.apply(operation)
                guard operation.changesDisk else { continue }
            }
            let choices: [DiskModel.Choice]
            if disk.pendingCount <= pendingCountForAllSubsets {
                choices = (0..<1 << disk.pendingCount).map { .subset($0) }
            } else {
                choices = [.synced, .everything, .namesAlone, .dataAlone] + (0..<randomSubsetCount).map { _ in .random(random.next()) }
            }
            trials += choices.map { .powerCut(position: position, $0) }
        }
        return trials
    }

    var kind: Selftest.Kind {
        switch self {
        case .fault: .fault
        case .crash: .crash
        case .powerCut: .powerCut
        case .recovery: .recovery
        case .resumption: .resumption
        case .service: .service
        case .damage: .damage
        }
    }

    private static func faults(of operation: FileOperation) -> [FaultPlan.Fault] {
        var faults: [FaultPlan.Fault] = [.io]
        switch operation.kind {
        case .open:
            faults += [.tooManyFiles, .interrupted]
            if operation.createdFile { faults.append(.noSpace) }
        case .write: faults += [.noSpace, .interrupted, .short]
        case .read: faults += [.interrupted, .short]
        case .truncate, .sync: faults.append(.interrupted)
        case .rename, .link, .makeFolder: faults.append(.noSpace)
        case .unlink, .removeFolder: break
        }
        return faults
    }

    /// The step during which it happens; nil where it is none of the script's.
    func step(in reference: Reference) -> Int? {
        switch self {
        case .fault(let step, _, _, _), .crash(let step, _, _), .damage(let step, _, _): step
        case .powerCut(let position, _), .recovery(let position, _, _, _), .resumption(let position, _): reference.step(before: position)
        case .service: nil
        }
    }

    /// What the report calls the command.
    func operation(in reference: Reference) -> String {
        step(in: reference).map { reference.steps[$0].operation } ?? "serve"
    }

    func description(in reference: Reference) -> String {
        let command = step(in: reference).map { "pach " + reference.steps[$0].words.joined(separator: " ") } ?? "pach serve"
        switch self {
        case .fault(let step, let fault, let at, let forEver):
            let operation = reference.operations[step].first { $0.number == at }
            return "\(command): \(fault.rawValue) \(forEver ? "from" : "at") operation \(at) (\(operation?.summary ?? "unknown"))"
        case .damage(let step, let damage, let seed):
            return "the root before \(command): \(damage.applied(to: reference.disks[step], seed: seed).text)"
        case .service(let fault, let at, let forEver):
            return "\(command), clients put files: \(fault.rawValue) \(forEver ? "from" : "at") operation \(at)"
        case .resumption(let position, let seed):
            return
                "\(command): crash after operation \(position) (\(Self.text(position, reference))), one more put, then a power cut, the disk has "
                + "random(\(seed))"
        case .crash(let step, let at, let torn):
            let operations = reference.operations[step].filter(\.mayChange)
            return "\(command): stopped \(torn ? "in the middle of" : "before") change \(at) (\(operations[at - 1].summary))"
        case .powerCut(let position, let choice):
            return "\(command): power cut after operation \(position) (\(Self.text(position, reference))), the disk has \(choice)"
        case .recovery(let position, let choice, let at, let seed):
            return "\(command): power cut after operation \(position) (\(Self.text(position, reference))), the disk has \(choice); "
                + "cut again before change \(at) of opening the root, the disk then has random(\(seed))"
        }
    }

    private static func text(_ position: Int, _ reference: Reference) -> String {
        position == 0 ? "none" : reference.timeline[position - 1].summary
    }
}
