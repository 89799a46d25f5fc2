internal import CSandbox
internal import Foundation
internal import Glibc

/// What `pach next datum` says, in one line.
enum NextRequest: Equatable {
    /// The datum before, if there was one, went well; the next one is wanted.
    case next
    /// The datum before failed, for this reason.
    case error(String)

    /// Characters of a reason that are kept.
    static let reasonCountMax = 4096

    /// - Parameter line: without its line feed; nil results where it is no request.
    init?(line: some Sequence<UInt8>) {
        let text = String(decoding: Array(line), as: UTF8.self)
        if text == "next" {
            self = .next
        } else if text == "next error" || text.utf8.starts(with: "next error ".utf8) {
            // By scalars: the reason may begin with an accent, which makes one character with the space.
            self = .error(String(text.unicodeScalars.dropFirst("next error ".count).prefix(Self.reasonCountMax)))
        } else {
            return nil
        }
    }
}

/// A client that asked, and waits for its answer; it is hung up on when nobody holds it any more.
final class NextConnection: Sendable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Says that the next datum is laid out. Never blocks: a client that has not read what it was sent before is not answered.
    /// - Returns: whether somebody is there to hear it.
    func answer() -> Bool {
        let answer = Array("ok\n".utf8)
        return send(descriptor.raw, answer, answer.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)) == answer.count
    }

    /// Whether the client went away with an answer that it had not read: then the socket ends as a connection that was reset (unix(7)).
    var lostAnswer: Bool {
        var byte: UInt8 = 0
        return recv(descriptor.raw, &byte, 1, Int32(MSG_DONTWAIT)) < 0 && errno == ECONNRESET
    }

    /// Reads the client's line. Blocks, for `patience` at most.
    func request(patience: Duration) -> Request {
        let deadline = ContinuousClock.now + patience
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while line.count <= NextSocket.lineLengthMax {
            let left = ContinuousClock.now.duration(to: deadline) / .milliseconds(1)
            guard left > 0 else { return .nonsense }
            var event = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, Int32(clamping: Int64(left.rounded(.up)))) > 0 else { continue }
            let count = recv(descriptor.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return .nothing }
            line += buffer[..<count]
            if let end = line.firstIndex(of: UInt8(ascii: "\n")) {
                return NextRequest(line: line[..<end]).map(Request.line) ?? .nonsense
            }
        }
        return .nonsense
    }

    enum Request: Equatable {
        case line(NextRequest)
        /// It hung up before its line was complete, as a client does that is killed.
        case nothing
        /// It said something else, or took too long.
        case nonsense
    }
}

/// The socket at which a live process asks for datums. One client is listened to at a time, by a thread that otherwise sleeps.
final class NextSocket: Sendable {
    /// Bytes of a request; more than a program's argument can have (execve(2)).
    static let lineLengthMax = 256 << 10
    /// The time in which a client that has connected says what it wants. Programs of a busy machine are slow.
    static let patience = Duration.seconds(30)
    /// Clients that wait to be listened to; the kernel lets others wait before that.
    private static let backlog: Int32 = 8

    private let listener: Descriptor

    /// Makes the socket, in place of one that is left of a worker before. Blocks.
    /// - Parameters:
    ///   - folder: of any length, where an address has room for some hundred bytes only.
    ///   - owner: who may connect; the engine's own user where it is nil.
    init(name: String, in folder: String, owner: SandboxIdentity?) throws(SandboxError) {
        var raw: Int32 = -1
        let error = pach_open_folder(AT_FDCWD, folder, &raw)
        guard error == 0 else { throw Self.failure(folder, error) }
        let place = Descriptor(raw)
        if unlinkat(place.raw, name, 0) != 0, errno != ENOENT { throw Self.failure(folder, errno) }
        raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw Self.failure(folder, errno) }
        listener = Descriptor(raw)

        guard var address = sockaddr_un(path: "/proc/self/fd/\(place.raw)/\(name)") else { throw Self.failure(folder, ENAMETOOLONG) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0, fchmodat(place.raw, name, 0o600, 0) == 0 else { throw Self.failure(folder, errno) }
        if let owner, fchownat(place.raw, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) != 0 { throw Self.failure(folder, errno) }
        // Last, so that nobody connects before it is known who may.
        guard listen(raw, Self.backlog) == 0 else { throw Self.failure(folder, errno) }
    }

    /// Listens until ``close()``. One client after the other: the next one is not heard before `onRequest` returns.
    func serve(_ onRequest: @escaping @Sendable (NextConnection, NextConnection.Request) -> Void) throws(SandboxError) {
        try OwnThread.start { [self] in
            while let connection = accept() {
                onRequest(connection, connection.request(patience: Self.patience))
            }
        }
    }

    /// Ends the thread that listens. May be called at any time, any number of times.
    func close() {
        // That of a listening socket ends accept(2) as well.
        shutdown(listener.raw, Int32(SHUT_RDWR))
    }

    /// The next client; nil when the socket is closed.
    private func accept() -> NextConnection? {
        while true {
            let raw = Glibc.accept(listener.raw, nil, nil)
            if raw >= 0 {
                // Too late for a program that is started meanwhile, but those are sandboxes, which close what is not theirs.
                _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
                return NextConnection(Descriptor(raw))
            }
            switch errno {
            case EINTR, ECONNABORTED, EPROTO: continue
            // Nothing tells when the engine has descriptors again, and the client waits.
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(100_000)
            default: return nil
            }
        }
    }

    private static func failure(_ folder: String, _ error: Int32) -> SandboxError {
        SandboxError(.folder, "The socket for datums could not be made in \(folder): \(systemMessage(error)).")
    }
}

extension sockaddr_un {
    /// The address of a socket at `path`; nil where it has no room for it.
    init?(path: String) {
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &sun_path) { room in
            // With a NUL at the end (unix(7)).
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return nil }
    }
}
