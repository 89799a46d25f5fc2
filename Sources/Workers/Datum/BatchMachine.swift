/// What is to be done about a user process that takes many datums: a function of what happens, without effects of its own.
///
/// The process asks for a datum whenever it is ready for one; the worker offers a datum whenever it has one laid out. By asking
/// again the process ends the datum that it has. Between two datums, and between two jobs, it waits in its question.
struct BatchMachine {
    enum Event: Equatable {
        /// A datum is laid out. Never while another one is under way.
        case offered
        /// The process asks for a datum. With an error, it says that it failed at the one it has.
        case asked(error: String?)
        /// Whoever asked did not wait for the answer.
        case unanswered
        /// Something was said that means nothing: a connection without a question.
        case strayed
        /// The process is to end. What it has, if it has anything, ends so.
        case stopped(BatchOutcome)
        /// The process is gone. What it had, if it had anything, ends so.
        case ended(BatchOutcome)
    }

    enum Action: Equatable {
        case launch
        /// Lets the question that waits return.
        case answer
        /// Hangs up on whoever asked last.
        case refuse
        case kill
        /// The datum that was offered has come to its end, as far as the process is concerned.
        case finish(BatchOutcome)
    }

    /// Questions in a row that lead to nothing. A program that asks more often is broken or hostile, and would keep the engine busy.
    static let strayCountMax = 100

    private enum State: Equatable {
        case absent
        /// A datum is laid out, and the process has yet to ask for it.
        case awaited
        case working
        /// It waits for a datum.
        case asking
        /// It was killed, and is not gone yet.
        case ending(Sequel)
    }

    private enum Sequel: Equatable {
        case nothing
        case finish(BatchOutcome)
        /// A datum was offered meanwhile.
        case launch
    }

    private var state = State.absent
    private var strayCount = 0

    /// Whether a process lives that can take a datum without being started first.
    var isAlive: Bool {
        switch state {
        case .absent, .ending: false
        case .awaited, .working, .asking: true
        }
    }

    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .offered: offer()
        case .asked(let error): ask(error)
        case .unanswered: miss()
        case .strayed: stray()
        case .stopped(let outcome): stop(outcome)
        case .ended(let outcome): end(outcome)
        }
    }

    private mutating func offer() -> [Action] {
        switch state {
        case .absent:
            state = .awaited
            return [.launch]
        case .asking:
            state = .working
            return [.answer]
        case .ending(.nothing):
            state = .ending(.launch)
            return []
        case .awaited, .working, .ending:
            preconditionFailure("a datum is offered only when the one before has ended")
        }
    }

    private mutating func ask(_ error: String?) -> [Action] {
        switch state {
        case .awaited:
            // Nothing has failed yet, whatever it says.
            state = .working
            return [.answer]
        case .working:
            strayCount = 0
            state = .asking
            return [.finish(error.map { .failed($0.isEmpty ? "reported an error" : "reported an error: \($0)") } ?? .done)]
        case .asking:
            // The newer question counts: the older one is of a client that gave up.
            return stray()
        case .absent, .ending:
            return [.refuse]
        }
    }

    private mutating func miss() -> [Action] {
        if state == .working { state = .awaited }
        return stray()
    }

    private mutating func stray() -> [Action] {
        strayCount += 1
        guard strayCount > Self.strayCountMax else { return [] }
        return stop(.failed("asked for datums \(strayCount) times without taking one"))
    }

    private mutating func stop(_ outcome: BatchOutcome) -> [Action] {
        switch state {
        case .awaited, .working:
            state = .ending(.finish(outcome))
            return [.kill]
        case .asking:
            state = .ending(.nothing)
            return [.kill]
        case .ending(.launch):
            state = .ending(.finish(outcome))
            return []
        case .absent, .ending:
            return []
        }
    }

    private mutating func end(_ outcome: BatchOutcome) -> [Action] {
        defer { strayCount = 0 }
        switch state {
        case .awaited, .working:
            state = .absent
            return [.finish(outcome)]
        case .ending(.finish(let earlier)):
            state = .absent
            return [.finish(earlier)]
        case .ending(.launch):
            state = .awaited
            return [.launch]
        case .absent, .asking, .ending(.nothing):
            state = .absent
            return []
        }
    }
}

/// How a datum ended that was given to a process which takes many.
enum BatchOutcome: Equatable, Sendable {
    case done
    /// In words that follow the program's name: "exited with code 3".
    case failed(String)
    /// The job was stopped.
    case cancelled
    /// Nothing ran, and not by user code's fault.
    case unable(SandboxError)
}
