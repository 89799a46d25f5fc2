internal import Synchronization

/// Tries things on a house of its own, and says what came of it that must not.
struct Judge {
    let reference: Reference
    let house: House
    let sound: SoundDisks

    /// - Returns: whether something happened at all: a trial may find no operation left to fail.
    /// - Throws: `Problem`; `SelftestFailure` where the trial itself could not be made.
    func hold(_ trial: Trial) throws -> Bool {
        switch trial {
        case .fault(let step, let fault, let at, let forEver):
            return try judgeFault(step, FaultPlan(fault: fault, at: at, isForEver: forEver, chance: reference.chance(of: step)))
        case .crash(let step, let at, let torn):
            try reference.disks[step].write(to: house.data)
            let plan = FaultPlan(
                fault: torn ? .tear : .kill, at: at, countsWritesAlone: true, chance: reference.chance(of: step))
            let outcome = try house.pach(reference.words[step], plan: plan)
            guard outcome.code == 128 + 9 else {
                // Threads take turns as they like, so an equal run may have fewer operations; it then came to its end.
                guard outcome.code == 0 else { throw Problem("it was not stopped: \(outcome.summary)") }
                return false
            }
            try expectSound(step, after: "the crash")
        case .powerCut(let position, let choice):
            let disk = try reference.disk(beforeOperation: position, choice)
            try expectSound(disk, reference.step(before: position), isOver: reference.isEnd(position), after: "the power cut")
        case .resumption(let position, let seed):
            return try judgeResumption(position, seed)
        case .damage(let step, let damage, let seed):
            try judgeDamage(step, damage, seed)
        case .service(let fault, let at, let forEver):
            return try reference.service.judge(FaultPlan(fault: fault, at: at, isForEver: forEver), reference, house)
        case .recovery(let position, let choice, let at, let seed):
            let disk = try reference.disk(beforeOperation: position, choice)
            try disk.write(to: house.data)
            let plan = FaultPlan(fault: .kill, at: at, countsWritesAlone: true, chance: later)
            let outcome = try house.pach(["fsck", "--publish"], plan: plan, records: true)
            let record = try house.takeRecord()
            guard outcome.code == 128 + 9 else {
                guard outcome.code == 0 || outcome.findsNoRoot else { throw Problem("it does not open: \(outcome.summary)") }
                return false
            }
            var model = DiskModel(disk)
            for operation in record { try model.apply(operation) }
            try expectSound(
                model.state(.random(seed)), reference.step(before: position), isOver: reference.isEnd(position), after: "both cuts")
        }
        return true
    }

    /// What whatever opens a root after a step meets.
    private var later: Chance { reference.chance(of: reference.steps.count) }

    private func judgeFault(_ step: Int, _ plan: FaultPlan) throws -> Bool {
        try reference.disks[step].write(to: house.data)
        let outcome = try house.pach(reference.words[step], plan: plan, records: true)
        let happened = try house.takeRecord().contains(where: \.wasInjected)
        switch outcome.code {
        case 0:
            // Something was done without; or what failed was of use to nobody but the next command, which finds the work to do.
            try expectSound(step, isOver: true, after: "success")
        case 1:
            let lines = outcome.error.split(separator: "\n") + outcome.output.split(separator: "\n")
            let complaint = reference.steps[step].complaint
            guard let line = lines.first(where: { $0.hasPrefix("Error: ") && $0.count > 12 || complaint.map($0.contains) == true }) else {
                throw Problem("it fails without saying why: \(outcome.summary)")
            }
            guard happened else { throw Problem("it fails by itself: \(outcome.summary)") }
            try expectSound(step, after: "the error '\(line)'")
        default:
            throw Problem("it ends in a way that it should not: \(outcome.summary)")
        }
        return happened
    }

    /// The branch that is written to after a crash.
    private static let probe = "probe"

    private func judgeResumption(_ position: Int, _ seed: UInt64) throws -> Bool {
        let step = reference.step(before: position)
        // The repo must be there, before the step and after it.
        guard step > 0, step + 1 < reference.steps.count else { return false }
        var model = try reference.model(beforeOperation: position)
        try model.state(.everything).write(to: house.data)
        // Bytes that may be there already, in a pack of whose name the disk may know nothing.
        let outcome = try house.pach(["put", "file", "in@\(Self.probe):/big", "-f", "big"], plan: FaultPlan(chance: later), records: true)
        guard outcome.code == 0 else { throw Problem("after the crash, the next put: \(outcome.summary)") }
        for operation in try house.takeRecord() { try model.apply(operation) }
        try model.state(.random(seed)).write(to: house.data)
        let facts = try RootFacts(of: house)
        let rest = facts.without(Self.probe)
        guard rest != facts else { throw Problem("after the power cut, what was put after the crash is not there") }
        guard rest == reference.facts[step] || rest == reference.facts[step + 1] else {
            throw Problem("after crash and power cut it shows \(rest.difference(from: reference.facts[step + 1]))")
        }
        try RootFacts.checkWithGit(house)
        return true
    }

    /// Damage is found out, or does no harm; what is read is right, or an error (invariant 7).
    private func judgeDamage(_ step: Int, _ damage: Damage, _ seed: UInt64) throws {
        let (disk, path, _) = damage.applied(to: reference.disks[step], seed: seed)
        try disk.write(to: house.data)
        let get = try house.pach(["get", "file", "in@master:/a"])
        guard get.code == 1 && get.error.contains("Error: ") || get.code == 0 && get.output == "small\n" else {
            throw Problem("reading a file: \(get.summary)")
        }
        let fsck = try house.pach(["fsck", "--publish"])
        guard fsck.code == 0 || fsck.code == 1 else { throw Problem("pach fsck: \(fsck.summary)") }
        let isFound = fsck.code == 1 || (get.error + fsck.error).contains("pach:") || fsck.output.contains("repaired:")
        // SQLite takes a log whose end is damaged for a shorter one, and its pages have no checksums. That what was published is missing from
        // the database is found; that the last change to an open commit is, cannot be.
        if !isFound, !path.contains("metadata.sqlite") {
            let facts = try RootFacts(of: house)
            guard facts == reference.facts[step] else {
                throw Problem("pach fsck finds nothing, and yet it shows \(facts.difference(from: reference.facts[step]))")
            }
        }
    }

    /// Judges what the house's disk holds: it must show what it did before the step or what it does after it, and nothing between
    /// (invariants 1, 3, 4); the next command must work.
    /// - Parameter isOver: whether the step was acknowledged.
    private func expectSound(_ step: Int, isOver: Bool = false, after event: String) throws {
        let disk = SoundDisks.Disk(try FileTree(reading: house.data), step: step, isOver: isOver)
        try sound.once(disk) { try openAndLook(step, isOver, after: event) }
    }

    /// Judges what a disk would hold.
    private func expectSound(_ tree: FileTree, _ step: Int, isOver: Bool, after event: String) throws {
        try sound.once(SoundDisks.Disk(tree, step: step, isOver: isOver)) {
            try tree.write(to: house.data)
            try openAndLook(step, isOver, after: event)
        }
    }

    private func openAndLook(_ step: Int, _ isOver: Bool, after event: String) throws {
        do {
            try RootFacts.open(house, later)
            let disk = SoundDisks.Disk(try FileTree(reading: house.data), step: step, isOver: isOver, isOpened: true)
            try sound.once(disk) { try look(step, isOver) }
        } catch let problem as Problem {
            throw Problem("after \(event): \(problem)")
        }
    }

    private func look(_ step: Int, _ isOver: Bool) throws {
        let facts = try RootFacts(ofOpened: house)
        var next = step
        if facts == reference.facts[step + 1] {
            next = step + 1
        } else if isOver || facts != reference.facts[step] {
            throw Problem(
                "it shows \(facts.difference(from: reference.facts[step + 1]))"
                    + (isOver ? "" : ", and \(facts.difference(from: reference.facts[step])) by what was before"))
        }
        if next < reference.steps.count {
            let outcome = try house.pach(try reference.steps[next].words(in: house))
            guard outcome.code == 0 else {
                throw Problem("the next command, pach \(reference.steps[next].words.joined(separator: " ")): \(outcome.summary)")
            }
        }
        try RootFacts.checkWithGit(house)
    }
}

/// What was found sound: many trials leave the same bytes, which need not be judged again.
final class SoundDisks: Sendable {
    struct Disk: Hashable {
        private var fingerprint: Int
        /// The step that it must be before or after.
        private var step: Int
        /// Whether it must be after it.
        private var isOver: Bool
        /// Whether the root has been opened since.
        private var isOpened: Bool

        init(_ tree: FileTree, step: Int, isOver: Bool, isOpened: Bool = false) {
            (fingerprint, self.step, self.isOver, self.isOpened) = (tree.fingerprint, step, isOver, isOpened)
        }
    }

    private let disks = Mutex<Set<Disk>>([])

    /// Judges a disk that nothing is known of; where nothing is thrown, it is sound.
    func once(_ disk: Disk, _ judge: () throws -> Void) rethrows {
        if disks.withLock({ $0.contains(disk) }) { return }
        try judge()
        disks.withLock { _ = $0.insert(disk) }
    }
}
