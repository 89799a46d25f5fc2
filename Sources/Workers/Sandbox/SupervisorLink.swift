internal import CSandbox
import Glibc
import Synchronization

/// A living supervisor: the process that leads to it, and the socket by which it is told what to do.
///
/// All functions block. While nothing is asked of it, neither side makes a system call.
final class SupervisorLink: Sendable {
    private let socket: Descriptor
    private let process: pid_t
    /// How the process ended, as waitpid(2) says it; nil before it is reaped.
    private let status = Mutex<Int32?>(nil)

    /// How long building a sandbox may take before it counts as hung, in milliseconds. It takes some 20 to 100.
    private static let setupTime: Int32 = 60_000
    /// Bytes of messages that are kept of a set-up that failed.
    private static let maximumMessage = 16 << 10

    private init(socket: consuming Descriptor, process: pid_t) {
        self.socket = socket
        self.process = process
    }

    /// The socket's descriptor, open as long as the link exists.
    var control: Int32 { socket.raw }

    /// Starts `arguments`, whose first is the absolute path of a program that becomes a supervisor in the end, and waits
    /// until that is ready.
    static func open(_ arguments: [String]) throws(SandboxError) -> SupervisorLink {
        let messages = try Pipe()
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw SandboxError(.system, "The system gave no socket: \(systemMessage(errno)).")
        }
        let ours = Descriptor(pair[0])
        let theirs = Descriptor(pair[1])
        var process: pid_t = 0
        let strings = arguments.map { strdup($0) } + [nil]
        let error = pach_spawn(arguments[0], strings, theirs.raw, messages.writing.raw, &process)
        for string in strings { free(string) }
        guard error == 0 else {
            let missing = error == ENOENT ? "Install it, or run with --sandbox none." : nil
            throw SandboxError(
                SandboxError.passing.contains(error) ? .system : .setupFailed,
                "\(arguments[0]) could not be started: \(systemMessage(error)).", hint: missing)
        }
        let link = SupervisorLink(socket: ours, process: process)
        // With our copies of its ends closed, the end of the process is the end of both streams.
        _ = consume theirs
        let said = messages.closeWriting()
        guard link.becomesReady() else {
            let wasKilled = Self.saysKilled(link.ended())
            let reason = message(in: said)
            // Nothing else tells of what the system said to another process.
            let isPassing = wasKilled || SandboxError.passing.contains { reason.contains(systemMessage($0)) }
            throw SandboxError(isPassing ? .system : .setupFailed, "The sandbox could not be set up: \(reason)")
        }
        return link
    }

    private func becomesReady() -> Bool {
        var event = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, Self.setupTime) == 1 else {
            kill(process, SIGKILL)
            return false
        }
        var reply = pach_reply()
        return pach_receive_reply(control, &reply) == 0 && reply.kind == UInt32(PACH_READY)
    }

    private static func message(in pipe: borrowing Descriptor) -> String {
        var text = [UInt8](repeating: 0, count: maximumMessage)
        let count = max(0, read(pipe.raw, &text, text.count))
        let message = String(decoding: text.prefix(count), as: UTF8.self).split(separator: "\n").joined(separator: "; ")
        return message.isEmpty ? "no reason was given." : message
    }

    /// Whether the process, or the one that it stands for (bwrap(1)), was killed: because it hung, or by a system that has no memory left.
    private static func saysKilled(_ status: Int32) -> Bool {
        status & 0x7f == SIGKILL || status >> 8 & 0xff == 128 + SIGKILL
    }

    /// Ends the supervisor and, by that, everything in the sandbox; returns when nothing is left of it. May be called by
    /// several threads, also while a run is under way, which learns of it by the end of the stream.
    func end() {
        _ = ended()
    }

    /// The same.
    /// - Returns: how the process ended, as waitpid(2) says it.
    private func ended() -> Int32 {
        shutdown(control, Int32(SHUT_RDWR))
        return status.withLock { known in
            while true {
                if let known { return known }
                var status: Int32 = 0
                if waitpid(process, &status, 0) >= 0 || errno != EINTR { known = status }
            }
        }
    }
}
