import ArgumentParser
import Files
import Foundation
import Model
import Threads

struct NextDatum: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "datum", abstract: "Take the next datum, in the code of a pipeline with datum_batching.",
        discussion: """
            What was written to /pfs/out so far belongs to the datum before. When the command returns, the next one's files are \
            in place and /pfs/.env holds its variables; when there is none left, the engine ends the process.

            Example:
              while pach next datum; do
                . /pfs/.env
                count "$words" > /pfs/out/counts.txt
              done
            """)

    @Option(help: "The datum before has failed, for this reason.")
    var error: String?

    func run(in session: Session) async throws {
        guard let path = session.variable(EngineVariable.nextSocket.rawValue) else {
            throw PachError(
                .conflict, "'pach next datum' works only in the code of a pipeline",
                hint: "Set transform.datum_batching to true in the pipeline's spec.")
        }
        // A message is one line.
        let request = error.map { "next error \($0.split(whereSeparator: \.isNewline).joined(separator: " "))\n" } ?? "next\n"
        let reply = try await blocking { try ask(request, path) }
        guard reply == "ok" else { throw ExitCode.failure }
    }
}

/// Sends a request over a Unix socket.
/// - Returns: the line that comes back; empty where the other side hangs up.
private func ask(_ request: String, _ path: String) throws -> String {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
        // The path ends with a NUL (unix(7)).
        guard bytes.count < room.count else { return false }
        room.copyBytes(from: bytes)
        return true
    }
    guard fits else {
        throw PachError(.invalidArgument, "the path \(quoted(path)) in \(EngineVariable.nextSocket.rawValue) is too long for a socket")
    }
    let descriptor = socket(AF_UNIX, streamSocket, 0)
    guard descriptor >= 0 else { throw SystemError.error(errno, "make a socket") }
    defer { close(descriptor) }
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard status == 0 else { throw SystemError.error(errno, "reach the engine at \(quoted(path))") }
    do {
        try writeAll(Array(request.utf8), to: descriptor, named: "the engine")
    } catch is BrokenPipe {
        return ""
    }
    var reply: [UInt8] = []
    while !reply.contains(UInt8(ascii: "\n")), reply.count < 256 {
        var buffer: [UInt8] = Array(repeating: 0, count: 256)
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw SystemError.error(errno, "read the engine's reply") }
        guard count > 0 else { return "" }
        reply += buffer[..<count]
    }
    return String(decoding: reply.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}

#if canImport(Darwin)
    private let streamSocket = SOCK_STREAM
#else
    // glibc has it as an enumeration.
    private let streamSocket = Int32(SOCK_STREAM.rawValue)
#endif
