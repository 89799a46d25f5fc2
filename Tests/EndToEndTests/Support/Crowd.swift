import Synchronization
import Testing

/// Lets only a few tests of the kind run at a time: each starts programs that keep a processor busy, and some measure time.
struct CrowdTrait: SuiteTrait, TestTrait, TestScoping {
    private static let room = Room(places: 4)

    var isRecursive: Bool { true }

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        // A suite itself does nothing but hold its tests.
        guard testCase != nil else { return try await function() }
        await Self.room.enter()
        defer { Self.room.leave() }
        try await function()
    }

    private final class Room: Sendable {
        private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

        init(places: Int) {
            state = Mutex((places, []))
        }

        func enter() async {
            await withCheckedContinuation { waiter in
                let isIn = state.withLock { state in
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append(waiter)
                    return false
                }
                if isIn { waiter.resume() }
            }
        }

        func leave() {
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if state.waiting.isEmpty {
                    state.free += 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            next?.resume()
        }
    }
}

extension Trait where Self == CrowdTrait {
    /// One of the tests that drive whole programs.
    static var endToEnd: Self { CrowdTrait() }
}
