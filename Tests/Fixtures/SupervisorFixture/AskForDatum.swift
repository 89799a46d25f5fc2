import Foundation
import Glibc

/// How a client treats the answer.
enum Manner {
    case reads
    /// Goes away when the answer is there, without having read it.
    case ignores
    /// Does not wait for it.
    case leaves
}

/// Sends a request to the socket that `PACH_NEXT_SOCKET` names, and waits for the answer.
/// - Returns: an exit code: 0 where a datum is laid out, or nobody wanted to know.
func askForDatum(_ request: String, _ manner: Manner) -> Int32 {
    let path = ProcessInfo.processInfo.environment["PACH_NEXT_SOCKET"] ?? ""
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    guard isConnected == 0 else {
        perror("connect")
        return 2
    }
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return 3 }
    guard manner != .leaves else { return 0 }
    var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&event, 1, -1) == 1 else { return 4 }
    guard manner != .ignores else { return 0 }
    var answer = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &answer, answer.count)
    return count == 3 && answer.starts(with: "ok\n".utf8) ? 0 : 1
}
