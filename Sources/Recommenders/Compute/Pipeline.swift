import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Machine {
    /// Takes steps through stages, several at once, with the result of taking one step after the other.
    ///
    /// A step passes stage 0, then stage 1, and so on. A stage takes steps in order, one at a time, and a step starts only when the one
    /// `ring` before it has passed all stages. So where two steps less than `ring` apart have in common only what belongs to single
    /// stages, the result does not depend on which thread does what, or when.
    ///
    /// - Parameters:
    ///   - stages: At least 1.
    ///   - steps: At least 0.
    ///   - ring: At least 1.
    func pipeline(stages: Int, steps: Int, ring: Int, _ body: (_ stage: Int, _ step: Int) -> Void) {
        let workers = min(threads, stages, ring)
        let lines = (0..<stages).map { stage in Stage(number: stage, steps: steps, ring: ring) }
        forEach(workers, chunk: 1) { range in
            for worker in range {
                let own = worker * stages / workers..<(worker + 1) * stages / workers
                while lines[stages - 1].passed.load(ordering: .relaxed) < steps {
                    var isIdle = true
                    for stage in own where lines[stage].advance(after: lines[(stage + stages - 1) % stages], body) { isIdle = false }
                    // A thread stays with its own stages, since what belongs to them is in its cache, as long as they have work. That it
                    // then takes others' keeps things going when there are fewer threads than wanted.
                    guard isIdle else { continue }
                    let helped = (own.upperBound..<own.upperBound + stages - own.count).contains { stage in
                        lines[stage % stages].advance(after: lines[(stage + stages - 1) % stages], body)
                    }
                    if !helped { sched_yield() }
                }
            }
        }
    }
}

/// How far steps have come in one stage of a pipeline.
private final class Stage: Sendable {
    /// How many steps have passed.
    let passed = Atomic(0)
    private let isTaken = Atomic(false)
    private let number: Int
    private let steps: Int
    /// By how many steps it may be ahead of the stage before it, which for the first one is the last.
    private let lead: Int

    init(number: Int, steps: Int, ring: Int) {
        self.number = number
        self.steps = steps
        lead = number == 0 ? ring : 0
    }

    /// Takes the next step, if it is there and no other thread is taking it.
    func advance(after before: Stage, _ body: (_ stage: Int, _ step: Int) -> Void) -> Bool {
        guard isReady(after: before), !isTaken.exchange(true, ordering: .acquiring) else { return false }
        defer { isTaken.store(false, ordering: .releasing) }
        guard isReady(after: before) else { return false }
        let step = passed.load(ordering: .relaxed)
        body(number, step)
        passed.store(step + 1, ordering: .releasing)
        return true
    }

    private func isReady(after before: Stage) -> Bool {
        let step = passed.load(ordering: .relaxed)
        return step < steps && step < before.passed.load(ordering: .acquiring) + lead
    }
}
