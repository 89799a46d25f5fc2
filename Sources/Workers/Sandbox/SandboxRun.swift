internal import CSandbox
import Dispatch
import Glibc

/// One run of one program: sends the request, reads what the program prints, and waits for its end.
final class SandboxRun: Sendable {
    private let link: SupervisorLink
    private let serial: UInt64
    private let payload: RunPayload
    private let command: SandboxCommand
    private let onLine: @Sendable (OutputChannel, String) -> Void
    private let waker: RunWaker

    /// How long the processes of a run may take to end after they were killed. Beyond it something hangs in the kernel.
    private static let timeToDie = Duration.seconds(30)
    /// Bytes read at a time; what a pipe holds.
    private static let chunk = 64 << 10
    /// What a pipe holds at most, where a program made it larger (pipe(7)).
    private static let maximumPipe = 1 << 20

    init(
        _ command: SandboxCommand, payload: RunPayload, serial: UInt64, on link: SupervisorLink,
        onLine: @escaping @Sendable (OutputChannel, String) -> Void
    ) throws(SandboxError) {
        self.link = link
        self.serial = serial
        self.payload = payload
        self.command = command
        self.onLine = onLine
        waker = try RunWaker()
    }

    /// Kills the program and everything it started. Never blocks; without effect when the run is over.
    func cancel() {
        waker.cancel()
    }

    /// Returns when the lines that the program has printed up to now have been passed on. Blocks.
    func catchUp() {
        waker.catchUp()
    }

    /// Runs the program to its end. Blocks.
    func perform() -> Result<SandboxResult, SandboxError> {
        defer { waker.finish() }
        return Result { () throws(SandboxError) in
            let start = ContinuousClock.now
            let input = try Descriptor.input(command.standardInput)
            let output = try Pipe()
            let errors = try Pipe()
            let streams = [input.raw, output.writing.raw, errors.writing.raw]
            try send(kind: PACH_RUN, payload: payload, streams: streams)
            // Copies of ours must not keep the pipes open when the program is gone.
            _ = consume input
            let outputEnd = output.closeWriting()
            let errorEnd = errors.closeWriting()

            var watch = Watch(
                control: link.control, wake: waker.descriptor,
                output: outputEnd.raw, errors: errorEnd.raw, deadline: command.timeout.map { start + $0 })
            let reply = try follow(&watch)
            watch.drain(to: onLine)
            return SandboxResult(
                ending: Self.ending(of: reply, stopped: watch.stop),
                userTime: .microseconds(Int64(clamping: reply.user_microseconds)),
                systemTime: .microseconds(Int64(clamping: reply.system_microseconds)),
                peakMemory: Int(clamping: reply.maximum_resident_kib) << 10,
                duration: start.duration(to: .now))
        }
    }

    /// Passes lines on until the supervisor says that nothing is left of the run.
    private func follow(_ watch: inout Watch) throws(SandboxError) -> pach_reply {
        while true {
            let ready = watch.wait()
            watch.pump(to: onLine)
            if ready.control { return try receive() }
            let isCancelled = ready.wake && heed(&watch)
            if watch.stop == nil, isCancelled || ready.late {
                watch.stop = isCancelled ? .cancellation : .timeout
                watch.deadline = .now + Self.timeToDie
                try send(kind: PACH_KILL, payload: nil, streams: nil)
            } else if watch.stop != nil, ready.late {
                // Not waited for: it is what hangs.
                try OwnThread.start { [link] in link.end() }
                throw SandboxError(.sandboxLost, "The processes of a run did not end within \(Self.timeToDie) of being killed.")
            }
        }
    }

    /// Does what is wished of the run from outside.
    /// - Returns: whether it is to end.
    private func heed(_ watch: inout Watch) -> Bool {
        switch waker.takeWish() {
        case .cancellation:
            return true
        case .lines(let waiting):
            watch.drain(to: onLine)
            for passed in waiting { passed.signal() }
            return false
        }
    }

    private func receive() throws(SandboxError) -> pach_reply {
        var reply = pach_reply()
        let error = pach_receive_reply(link.control, &reply)
        guard error == 0, reply.kind == UInt32(PACH_ENDED), reply.serial == serial else { throw lost() }
        return reply
    }

    private func send(kind: Int, payload: RunPayload?, streams: [Int32]?) throws(SandboxError) {
        var request = pach_request(
            magic: PACH_MAGIC, kind: UInt32(kind), serial: serial, length: UInt32(payload?.bytes.count ?? 0),
            arguments: UInt32(payload?.arguments ?? 0), variables: UInt32(payload?.variables ?? 0), reserved: 0)
        let error = pach_send_request(link.control, &request, payload?.bytes, streams)
        // A supervisor that is gone while a kill is sent shows itself when its reply is read.
        if error != 0, kind == PACH_RUN { throw lost() }
    }

    private func lost() -> SandboxError {
        link.end()
        return SandboxError(
            .sandboxLost, "The sandbox ended while it was in use, and every process in it.",
            hint: "Its supervisor was killed, or the sandbox was closed.")
    }

    private static func ending(of reply: pach_reply, stopped: Watch.Stop?) -> SandboxResult.Ending {
        switch (Int(reply.outcome), stopped) {
        case (PACH_EXITED, _): .exited(code: reply.value)
        case (PACH_SIGNALLED, .timeout) where reply.value == SIGKILL: .timedOut
        case (PACH_SIGNALLED, .cancellation) where reply.value == SIGKILL: .killed
        case (PACH_SIGNALLED, _): .signalled(signal: reply.value)
        case (PACH_NOT_EXECUTABLE, _): .notExecutable(errno: reply.value)
        case (PACH_NO_FOLDER, _): .noWorkingDirectory(errno: reply.value)
        default: .noProcess(errno: reply.value)
        }
    }
}

extension SandboxRun {
    /// What a run waits for: its program's output, the supervisor, a cancellation, and the time.
    private struct Watch {
        enum Stop {
            case timeout, cancellation
        }

        /// Why the run was told to end, if it was.
        var stop: Stop?
        var deadline: ContinuousClock.Instant?
        private var events: [pollfd]
        private var splitters = [LineSplitter(), LineSplitter()]
        private var buffer = [UInt8](repeating: 0, count: SandboxRun.chunk)

        init(control: Int32, wake: Int32, output: Int32, errors: Int32, deadline: ContinuousClock.Instant?) {
            events = [control, wake, output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            self.deadline = deadline
        }

        /// Waits until there is something to do.
        mutating func wait() -> (control: Bool, wake: Bool, late: Bool) {
            // Once is enough: the event stays readable.
            if stop != nil { events[1].fd = -1 }
            let count = poll(&events, nfds_t(events.count), deadline.map(Self.milliseconds(until:)) ?? -1)
            if count < 0 {
                for index in events.indices { events[index].revents = 0 }
            }
            let late = deadline.map { $0 <= .now } ?? false
            return (events[0].revents != 0, events[1].revents != 0, late)
        }

        /// What poll(2) takes: rounded up, so that the time is really over afterwards.
        private static func milliseconds(until instant: ContinuousClock.Instant) -> Int32 {
            let left = ContinuousClock.now.duration(to: instant)
            return Int32(clamping: max(0, Int64((left / .milliseconds(1)).rounded(.up).clamped(to: 0...1e9))))
        }

        /// Reads once from each stream that has something.
        mutating func pump(to onLine: (OutputChannel, String) -> Void) {
            for stream in 0...1 where events[stream + 2].revents != 0 {
                _ = read(stream, to: onLine)
            }
        }

        /// Reads what the pipes hold now, and stops there: the program may go on printing, and so may something outside the sandbox
        /// when the program is dead, where it was handed a copy of the stream.
        mutating func drain(to onLine: (OutputChannel, String) -> Void) {
            for stream in 0...1 {
                var rounds = SandboxRun.maximumPipe / SandboxRun.chunk
                while rounds > 0, read(stream, to: onLine) { rounds -= 1 }
                splitters[stream].finish { onLine(Self.channel(stream), $0) }
            }
        }

        private static func channel(_ stream: Int) -> OutputChannel {
            stream == 0 ? .standardOutput : .standardError
        }

        /// Whether there may be more.
        private mutating func read(_ stream: Int, to onLine: (OutputChannel, String) -> Void) -> Bool {
            let file = events[stream + 2].fd
            guard file >= 0 else { return false }
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 { return errno == EINTR }
            if count == 0 {
                events[stream + 2].fd = -1
                return false
            }
            buffer.withUnsafeBytes { bytes in
                splitters[stream].append(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { onLine(Self.channel(stream), $0) }
            }
            return true
        }
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        min(max(self, range.lowerBound), range.upperBound)
    }
}
