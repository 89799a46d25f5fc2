import Foundation
import Synchronization
import Testing

@Suite("Tests at once")
struct WidthTests {
    private static let running = Mutex(0)

    @Test("are few, since their time limits count their waiting for each other", arguments: 0..<64)
    func oneOfMany(_: Int) async throws {
        let count = Self.running.withLock { count in
            count += 1
            return count
        }
        defer { Self.running.withLock { $0 -= 1 } }
        let width = ProcessInfo.processInfo.environment["SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH"].flatMap(Int.init)
        #expect(try count <= #require(width))
        // Others begin meanwhile, where they may.
        for _ in 0..<100 { await Task.yield() }
    }
}
