import Dispatch
import Glibc
import Synchronization

/// By what a run is woken from outside while it waits for its program: a pipe, of which a byte says that somebody waits for lines, and
/// the end that the run is cancelled.
final class RunWaker: Sendable {
    enum Wish {
        case cancellation
        /// To be signalled when what is in the program's pipes has been passed on.
        case lines([DispatchSemaphore])
    }

    private struct State: ~Copyable {
        /// Nil when the run is cancelled.
        var writing: Descriptor?
        var waiting: [DispatchSemaphore] = []
        var isOver = false

        mutating func takeWaiting() -> [DispatchSemaphore] {
            defer { waiting = [] }
            return waiting
        }
    }

    private let reading: Descriptor
    private let state: Mutex<State>

    init() throws(SandboxError) {
        let pipe = try Pipe()
        reading = pipe.reading
        state = Mutex(State(writing: pipe.writing))
    }

    /// Becomes readable when there is a wish.
    var descriptor: Int32 { reading.raw }

    /// Never blocks; without effect when the run is over.
    func cancel() {
        state.withLock { $0.writing = nil }
    }

    /// Returns when the lines that are in the program's pipes have been passed on, or the run is over or about to be. Blocks.
    func catchUp() {
        let passed = DispatchSemaphore(value: 0)
        let isExpected = state.withLock { state in
            guard !state.isOver, let writing = state.writing?.raw, write(writing, [1], 1) == 1 else { return false }
            state.waiting.append(passed)
            return true
        }
        if isExpected { passed.wait() }
    }

    /// What is wished, once the descriptor is readable.
    func takeWish() -> Wish {
        var bytes = [UInt8](repeating: 0, count: 64)
        guard read(reading.raw, &bytes, bytes.count) != 0 else { return .cancellation }
        return .lines(state.withLock { $0.takeWaiting() })
    }

    /// The run is over: all lines have been passed on.
    func finish() {
        let waiting = state.withLock { state in
            state.isOver = true
            return state.takeWaiting()
        }
        for passed in waiting { passed.signal() }
    }
}
