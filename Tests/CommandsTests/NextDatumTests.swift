import Commands
import Foundation
import TestSupport
import Testing

@Suite("next datum")
struct NextDatumTests {
    /// Accepts one request on a Unix socket and answers it.
    private func exchange(_ arguments: [String], reply: String) async throws -> (request: String, outcome: Outcome) {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/s"
        #if canImport(Darwin)
            let listener = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
            let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        try #require(listener >= 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        try #require(listen(listener, 1) == 0)
        async let request = withCheckedContinuation { (continuation: CheckedContinuation<String, Never>) in
            Thread.detachNewThread {
                let connection = accept(listener, nil, nil)
                var buffer: [UInt8] = Array(repeating: 0, count: 256)
                let count = read(connection, &buffer, buffer.count)
                let text = Array(reply.utf8)
                // Where nothing was written the test's own expectations tell.
                _ = write(connection, text, text.count)
                close(connection)
                continuation.resume(returning: String(decoding: buffer[..<max(0, count)], as: UTF8.self))
            }
        }
        let outcome = await pach(["next", "datum"] + arguments, environment: ["PACH_NEXT_SOCKET": path])
        return (await request, outcome)
    }

    @Test("asks for the next datum", .timeLimit(.minutes(1)))
    func next() async throws {
        let (request, outcome) = try await exchange([], reply: "ok\n")
        #expect(request == "next\n")
        #expect(outcome == Outcome(code: 0, output: "", error: ""))
    }

    @Test("tells in one line why the datum before failed", .timeLimit(.minutes(1)))
    func error() async throws {
        #expect(try await exchange(["--error", "bad\nrow"], reply: "ok\n").request == "next error bad row\n")
    }

    @Test("fails where there is no datum left, or nobody answers", .timeLimit(.minutes(1)), arguments: ["end\n", ""])
    func end(_ reply: String) async throws {
        #expect(try await exchange([], reply: reply).outcome == Outcome(code: 1, output: "", error: ""))
    }

    @Test("works only in the code of a pipeline")
    func outside() async {
        let outcome = await pach("next", "datum")
        #expect(outcome.code == 1)
        #expect(outcome.error.hasPrefix("Error: 'pach next datum' works only in the code of a pipeline\n"))
    }
}
