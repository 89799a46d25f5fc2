import Testing

@testable import Workers

/// What is done about a process that takes many datums, event by event.
@Suite struct BatchMachineTests {
    private func expect(
        _ steps: [(BatchMachine.Event, [BatchMachine.Action])], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var machine = BatchMachine()
        for (number, (event, actions)) in steps.enumerated() {
            #expect(machine.handle(event) == actions, "step \(number): \(event)", sourceLocation: sourceLocation)
        }
    }

    private let start: [(BatchMachine.Event, [BatchMachine.Action])] = [(.offered, [.launch]), (.asked(error: nil), [.answer])]
    private let late = BatchOutcome.failed("late")
    private let gone = BatchOutcome.failed("exited")

    @Test func aProcessIsStartedOnceAndTakesOneDatumAfterTheOther() {
        expect(
            start + [
                (.asked(error: nil), [.finish(.done)]), (.offered, [.answer]),
                (.asked(error: "why"), [.finish(.failed("reported an error: why"))]), (.offered, [.answer]),
                (.asked(error: ""), [.finish(.failed("reported an error"))]), (.offered, [.answer]),
            ])
    }

    @Test func aProcessThatEndsFailsWhatItHasAndNothingElse() {
        expect([(.offered, [.launch]), (.ended(gone), [.finish(gone)])])
        expect(start + [(.ended(gone), [.finish(gone)]), (.offered, [.launch])])
        expect(start + [(.asked(error: nil), [.finish(.done)]), (.ended(gone), []), (.offered, [.launch])])
    }

    @Test func whatIsStoppedEndsWhenTheProcessIsGone() {
        expect([(.offered, [.launch]), (.stopped(late), [.kill]), (.ended(gone), [.finish(late)])])
        expect(
            start + [
                (.stopped(late), [.kill]), (.stopped(.cancelled), []), (.asked(error: nil), [.refuse]), (.ended(gone), [.finish(late)]),
                (.offered, [.launch]),
            ])
        expect([(.stopped(.cancelled), []), (.offered, [.launch])])
    }

    @Test func aDatumThatIsOfferedToADyingProcessWaitsForANewOne() {
        let dying = start + [(.asked(error: nil), [.finish(.done)]), (.stopped(.cancelled), [.kill]), (.offered, [])]
        expect(dying + [(.asked(error: nil), [.refuse]), (.ended(gone), [.launch]), (.asked(error: nil), [.answer])])
        expect(dying + [(.stopped(.cancelled), []), (.ended(gone), [.finish(.cancelled)])])
    }

    @Test func aQuestionThatNobodyWaitsForIsNone() {
        expect(start + [(.unanswered, []), (.asked(error: nil), [.answer]), (.asked(error: nil), [.finish(.done)])])
        // An error that is said of nothing is a question all the same.
        expect([(.offered, [.launch]), (.asked(error: "x"), [.answer])])
        expect([(.asked(error: nil), [.refuse])])
    }

    @Test func whoAsksWithoutEndIsStopped() {
        var machine = BatchMachine()
        for (event, _) in start + [(.asked(error: nil), [])] { _ = machine.handle(event) }
        for _ in 0..<BatchMachine.strayCountMax { #expect(machine.handle(.asked(error: nil)) == []) }
        #expect(machine.isAlive)
        #expect(machine.handle(.strayed) == [.kill])
        #expect(!machine.isAlive)
        #expect(machine.handle(.ended(gone)) == [])
        // What the one before did is not held against the next process.
        #expect(machine.handle(.offered) == [.launch])
        for _ in 0..<BatchMachine.strayCountMax { #expect(machine.handle(.strayed) == []) }
    }
}
