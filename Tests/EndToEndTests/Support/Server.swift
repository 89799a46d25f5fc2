import Foundation
import Glibc
import Synchronization
import Testing

/// A server of a house's data root, ready to be asked.
final class Server: Sendable {
    let url: String
    let token: String
    private let child: Child
    private let house: House

    /// Starts `pach serve`, and returns once it accepts requests.
    init(of house: House, options: [String] = [], environment: [String: String] = [:]) async throws {
        // No other program that is started meanwhile may hold the end that is written to.
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure("no socket: \(String(cString: strerror(errno)))") }
        let lines = Lines(ends[0])
        let environment = Programs.environment(home: house.folder).merging(environment) { $1 }
        let words = ["pach", "serve", "--listen", "127.0.0.1:0"] + options
        let child = try Child(words, in: house.folder, environment: environment, error: ends[1])
        close(ends[1])
        guard let url = await lines.first(after: "Listening on ") else {
            throw Failure("the server ended before it listened: \(lines.text)")
        }
        self.child = child
        self.house = house
        self.url = url
        token = try String(contentsOfFile: "\(house.root)/.pach/token", encoding: .utf8)
    }

    /// Reads what a program writes until it ends, and finds the line that is waited for.
    private final class Lines: Sendable {
        private let state = Mutex((text: "", isOver: false, waiting: (prefix: String, waiter: CheckedContinuation<String?, Never>)?.none))

        /// - Parameter descriptor: closed when it ends.
        init(_ descriptor: Int32) {
            Thread.detachNewThread {
                var buffer = [UInt8](repeating: 0, count: 4096)
                while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
                    self.take { $0.text += String(decoding: buffer[..<count], as: UTF8.self) }
                }
                close(descriptor)
                self.take { $0.isOver = true }
            }
        }

        var text: String { state.withLock { $0.text } }

        func first(after prefix: String) async -> String? {
            await withCheckedContinuation { waiter in
                take { $0.waiting = (prefix, waiter) }
            }
        }

        private func take(
            _ change: (inout (text: String, isOver: Bool, waiting: (prefix: String, waiter: CheckedContinuation<String?, Never>)?)) -> Void
        ) {
            state.withLock { state in
                change(&state)
                guard let (prefix, waiter) = state.waiting else { return }
                // The last piece has no line feed yet.
                let line = state.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first { $0.hasPrefix(prefix) }
                guard line != nil || state.isOver else { return }
                state.waiting = nil
                waiter.resume(returning: line.map { String($0.dropFirst(prefix.count)) })
            }
        }
    }

    var pid: pid_t { child.pid }

    /// Ends it at once, as a crash would.
    func crash() async throws {
        child.kill(SIGKILL)
        _ = try await child.wait()
    }

    /// Asks it to stop.
    /// - Returns: how it ended.
    @discardableResult
    func stop() async throws -> Child.Outcome {
        child.kill(SIGTERM)
        return try await child.wait()
    }

    /// What leads a command to the server when the data root is not at hand.
    var environment: [String: String] { ["PACH_ADDRESS": url, "PACH_TOKEN": token, "PACH_ROOT": "/nowhere"] }

    /// Runs `pach` as a client without the data root.
    func attempt(_ words: String..., input: String? = nil) async throws -> Child.Outcome {
        try await house.outcome(["pach"] + words, input: input, environment: environment)
    }

    /// An HTTP request with the token.
    /// - Returns: the status and what came back.
    func curl(_ path: String, _ options: String..., token: Bool = true) async throws -> (status: String, body: String) {
        let authority = token ? ["-H", "Authorization: Bearer \(self.token)"] : []
        let words = ["curl", "-s", "--path-as-is", "-w", "\n%{http_code}"] + authority + options + [url + path]
        let output = try await house.outcome(words).output
        let end = try #require(output.lastIndex(of: "\n"))
        return (String(output[output.index(after: end)...]), String(output[..<end]))
    }
}
