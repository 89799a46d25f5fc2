import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bounds how long a client keeps us waiting: for a request's head, for bytes of a body that we asked for, or for room to send the answer.
///
/// A head has to be whole within `patience`. In a body, and in taking an answer, a client may fall as far behind `byteRateMin` as that (`Slack`):
/// nobody holds a connection with a byte a minute, and a link that is slow but steady is never cut off. A request that does not come is
/// answered with 408 (RFC 9110, section 15.5.9), by whoever reads it: its failure is a `ClientStall`. A connection whose client sends
/// nothing at all, or takes no answer, is closed.
///
/// Beside that it tells when a client falls behind a quicker pace, and when it has caught up (`ClientPace`): who does not keep that makes room for
/// others where connections are short.
///
/// Who closes the connection does so behind the answers that were written: NIO would drop what of them waits (`close`).
///
/// Time that we take ourselves does not count: a client is not cut off because the engine is slow to read its upload. A timer runs
/// only while we wait for the client.
final class ClientPatience: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Once the answer is sent that is a connection's last: how long the client has to read that, as nginx' `lingering_timeout`. Closed with bytes
    /// unread, it might be told of a reset before.
    private static let lingerMax = TimeAmount.seconds(5)
    /// What the client took is looked at no more often.
    private static let lookPauseMin = TimeAmount.seconds(1)

    private enum Reading {
        case head
        case body
        /// The request is read, and its answer not yet sent.
        case nothing
        /// The client has stalled; nothing is read any more.
        case stalled
    }

    /// A wait for the client to take what we send.
    private struct Writing {
        var since: NIODeadline
        /// Bytes that the client had taken then, from some number on.
        var takenByteCount: Int
    }

    private let unsentByteCount: (ChannelHandlerContext) throws -> Int
    private var reading = Reading.head
    private var hasPartOfHead = false
    private var hasReadPart = false
    private var requestsUnanswered = 0
    /// Answers that are written, and not all sent.
    private var answersUnsent = 0
    private var writtenByteCount = 0
    private var readingSlack: Slack
    private var writingSlack: Slack
    /// What is left of the quicker pace's, in reading and in writing.
    private var paceSlack: Slack
    private var isSlow = false
    /// Since when we wait for a head, or for bytes of a body; nil while we do not.
    private var readingSince: NIODeadline?
    private var writing: Writing?
    /// When a connection that serves no more is closed at last.
    private var end: NIODeadline?
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?
    private let closePatience: TimeAmount
    /// Told once the connection is closed behind the answers that wait; nil while nobody asked for that.
    private var closed: EventLoopPromise<Void>?

    convenience init(_ limits: ConnectionLimits) {
        self.init(
            Slack(TimeAmount(limits.clientPatience), byteRateMin: limits.clientByteRateMin),
            pace: Slack(TimeAmount(limits.crowdedPatience), byteRateMin: limits.crowdedByteRateMin),
            closePatience: TimeAmount(limits.stopPatience), unsentByteCount: Self.unsentByteCount)
    }

    /// - Parameters:
    ///   - closePatience: how long a connection that is to be closed stays for the answers that wait.
    ///   - unsentByteCount: bytes that were written and that the client's machine has not taken.
    init(_ slack: Slack, pace: Slack, closePatience: TimeAmount, unsentByteCount: @escaping (ChannelHandlerContext) throws -> Int) {
        self.closePatience = closePatience
        self.unsentByteCount = unsentByteCount
        readingSlack = slack
        writingSlack = slack
        paceSlack = pace
    }

    func handlerAdded(context: ChannelHandlerContext) {
        readingSince = context.eventLoop.now
        arm(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.task.cancel()
        timer = nil
        closed?.succeed()
        closed = nil
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard reading != .stalled, closed == nil else { return }
        hasReadPart = true
        switch unwrapInboundIn(data) {
        case .head:
            reading = .body
            readingSlack.refill()
            paceSlack.refill()
            isSlow = false
            requestsUnanswered += 1
        case .body(let bytes):
            readingSlack.spend(waited(context), receiving: bytes.readableBytes)
            pace(context, waited(context), bytes.readableBytes)
        case .end:
            reading = .nothing
            // From here on it is we who take time, until there is an answer.
            paceSlack.refill()
            tell(context, isSlow: false)
        }
        // What has come was waited for; `read` says when we wait again.
        readingSince = nil
        if requestsUnanswered == 0, reading == .nothing { awaitHead(context) }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Bytes came, and they made no part.
        if reading == .head, !hasReadPart { hasPartOfHead = true }
        hasReadPart = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if reading == .body, readingSince == nil {
            readingSince = context.eventLoop.now
            arm(context)
        }
        context.read()
    }

    private func awaitHead(_ context: ChannelHandlerContext) {
        reading = .head
        hasPartOfHead = false
        readingSlack.refill()
        readingSince = context.eventLoop.now
        arm(context)
    }

    private func waited(_ context: ChannelHandlerContext) -> TimeAmount {
        readingSince.map { context.eventLoop.now - $0 } ?? .zero
    }

    /// Tells who makes room where that changes.
    private func pace(_ context: ChannelHandlerContext, _ time: TimeAmount, _ byteCount: Int) {
        paceSlack.spend(time, receiving: byteCount)
        tell(context, isSlow: paceSlack.left <= .zero)
    }

    private func tell(_ context: ChannelHandlerContext, isSlow: Bool) {
        guard isSlow != self.isSlow else { return }
        self.isSlow = isSlow
        context.fireUserInboundEventTriggered(ClientPace(isSlow: isSlow))
    }

    private func stall(_ context: ChannelHandlerContext) {
        let isAnswered = requestsUnanswered == 0 && reading == .body
        readingSince = nil
        guard !isAnswered, reading == .body || hasPartOfHead else { return closeNow(context) }
        reading = .stalled
        context.fireErrorCaught(ClientStall())
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head:
            writingSlack.refill()
            context.write(data, promise: promise)
        case .body(let bytes):
            writtenByteCount += bytes.readableBytes
            context.write(data, promise: promise)
        case .end:
            answersUnsent += 1
            let promise = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            promise.futureResult.hop(to: context.eventLoop).whenSuccess { bound.value.0.answered(bound.value.1) }
            context.write(data, promise: promise)
            watchWriting(context)
        }
    }

    /// All of an answer has gone out.
    private func answered(_ context: ChannelHandlerContext) {
        answersUnsent -= 1
        watchWriting(context)
        if answersUnsent == 0, closed != nil { return closeNow(context) }
        // What is no request has an answer of its own.
        if requestsUnanswered > 0 { requestsUnanswered -= 1 }
        guard requestsUnanswered == 0 else { return }
        switch reading {
        case .nothing:
            awaitHead(context)
        // An answer without a request is to what is none (`FailedHeads`), behind which no other comes.
        case .stalled, .head:
            end = context.eventLoop.now + min(Self.lingerMax, readingSlack.most)
            arm(context)
        case .body:
            break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        watchWriting(context)
        context.fireChannelWritabilityChanged()
    }

    private func watchWriting(_ context: ChannelHandlerContext) {
        let isWaiting = !context.channel.isWritable || answersUnsent > 0
        guard isWaiting != (writing != nil) else { return }
        if isWaiting {
            writing = Writing(since: context.eventLoop.now, takenByteCount: takenByteCount(context))
            arm(context)
        } else {
            look(context)
            writing = nil
        }
    }

    /// Counts what the client took since we looked last.
    private func look(_ context: ChannelHandlerContext) {
        guard let last = writing else { return }
        let now = Writing(since: context.eventLoop.now, takenByteCount: takenByteCount(context))
        let (time, byteCount) = (now.since - last.since, max(0, now.takenByteCount - last.takenByteCount))
        writingSlack.spend(time, receiving: byteCount)
        pace(context, time, byteCount)
        writing = now
    }

    private func takenByteCount(_ context: ChannelHandlerContext) -> Int {
        do {
            return writtenByteCount - (try unsentByteCount(context))
        } catch {
            // The connection is closed already, or as good as.
            return writtenByteCount
        }
    }

    /// What waits here and in the kernel: a buffer of the kernel's, once full, has no room again before a third of it was taken, which at a
    /// slow link's pace is minutes.
    private static func unsentByteCount(_ context: ChannelHandlerContext) throws -> Int {
        let waiting = try context.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
        #if os(Linux)
            let inKernel = try context.channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                socket in
                var count: CInt = 0
                return ioctl(socket, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
            }
            return waiting + (inKernel ?? 0)
        #else
            return waiting
        #endif
    }

    // MARK: Closing

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .all where answersUnsent > 0 && closed == nil:
            closed = promise ?? context.eventLoop.makePromise()
            end = context.eventLoop.now + closePatience
            arm(context)
        // What is wanted now will not come any more: so a task that is cancelled ends its connection, and it does not wait.
        case .all where closed != nil, .input where closed != nil:
            closed?.futureResult.cascade(to: promise)
            closeNow(context)
        default:
            context.close(mode: mode, promise: promise)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is CloseNow else { return context.triggerUserOutboundEvent(event, promise: promise) }
        context.close(promise: promise)
    }

    private func closeNow(_ context: ChannelHandlerContext) {
        let promise = closed
        closed = nil
        context.close(promise: promise)
    }

    // MARK: Time

    private var deadline: NIODeadline? {
        let reading = readingSince.map { $0 + readingSlack.left }
        let writing = writing.map { $0.since + max(isSlow ? writingSlack.left : min(writingSlack.left, paceSlack.left), Self.lookPauseMin) }
        return [reading, silence, writing, end].compactMap(\.self).min()
    }

    /// When a client that keeps the quicker pace loses it by sending nothing.
    private var silence: NIODeadline? {
        reading == .body && !isSlow ? readingSince.map { $0 + paceSlack.most } : nil
    }

    private func arm(_ context: ChannelHandlerContext) {
        guard let deadline else { return }
        // One that fires too soon looks again, which costs less than to set it anew with each request.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            handler.checkTime(context)
        }
        timer = (task, deadline)
    }

    private func checkTime(_ context: ChannelHandlerContext) {
        // Things may have moved since the timer was set.
        if let deadline, deadline <= context.eventLoop.now {
            look(context)
            let hasTakenTooLong = writing != nil && writingSlack.left <= .zero
            if hasTakenTooLong || end.map({ $0 <= context.eventLoop.now }) ?? false { return closeNow(context) }
            if let readingSince, readingSince + readingSlack.left <= context.eventLoop.now {
                stall(context)
            } else if let silence, silence <= context.eventLoop.now {
                tell(context, isSlow: true)
            }
        }
        arm(context)
    }
}

/// Whether the client of a request at work is one that makes room where connections are short.
struct ClientPace: Sendable {
    var isSlow: Bool
}

/// The client does not send the rest of its request.
struct ClientStall: Error {}

/// Closes a connection, whatever of its answers waits.
struct CloseNow: Sendable {}
