import Foundation
import Glibc
import Synchronization

/// Stands before a server, and lets only so many bytes of its answers through: what a client asks for comes to no end.
///
/// The server has to be known as 127.0.0.1, since clients come by another port.
final class Dam: Sendable {
    let url: String
    private let listener: Int32

    /// What may still pass, of all connections together.
    private final class Rest: Sendable {
        private let byteCount: Mutex<Int>

        init(_ byteCount: Int) {
            self.byteCount = Mutex(byteCount)
        }

        func take(_ wanted: Int) -> Int {
            byteCount.withLock { rest in
                let taken = min(wanted, rest)
                rest -= taken
                return taken
            }
        }
    }

    init(before server: Server, byteCount: Int) throws {
        guard let port = server.url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw Failure("no port in \(server.url)") }
        let listener = Self.socket()
        self.listener = listener
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = Self.with(&address) { bind(listener, $0, length) | listen(listener, 16) | getsockname(listener, $0, &length) }
        guard status == 0 else { throw Failure("no dam: \(String(cString: strerror(errno)))") }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let rest = Rest(byteCount)
        Thread.detachNewThread { [listener] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                let upstream = Self.socket()
                var address = Self.address(port: port)
                guard Self.with(&address, { connect(upstream, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }) == 0 else { return }
                Thread.detachNewThread { Self.copy(from: client, to: upstream) { $0 } }
                Thread.detachNewThread { Self.copy(from: upstream, to: client, allowed: rest.take) }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Until the source ends, with which the target does, or no more is allowed; then the target waits.
    private static func copy(from source: Int32, to target: Int32, allowed: (Int) -> Int) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let received = recv(source, &buffer, buffer.count, 0), received > 0 {
            let end = allowed(received)
            var sent = 0
            while sent < end {
                let step = buffer[sent..<end].withUnsafeBytes { send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard step > 0 else { return }
                sent += step
            }
            guard end == received else { return }
        }
        shutdown(target, Int32(SHUT_RDWR))
    }

    private static func socket() -> Int32 { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func with(_ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
        withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}
