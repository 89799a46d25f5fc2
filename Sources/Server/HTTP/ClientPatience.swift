import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client keeps us waiting: for a request's head, for bytes of a body that we asked for, or for room to
/// send the answer.
///
/// Time that we take ourselves does not count: a client is not cut off because the engine is slow to read its upload. A timer runs
/// only while we wait for the client.
final class ClientPatience: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Reading {
        case head
        case body
        /// The request is read, and its answer not yet written.
        case nothing
    }

    private let patience: TimeAmount
    private var reading = Reading.head
    private var requestsUnanswered = 0
    /// Since when we wait for a head, or for bytes of a body; nil while we do not.
    private var readingSince: NIODeadline?
    /// Since when the client takes nothing of what we send.
    private var writingSince: NIODeadline?
    private var timer: Scheduled<Void>?

    init(_ patience: Duration) {
        self.patience = TimeAmount(patience)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        readingSince = context.eventLoop.now
        arm(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            reading = .body
            requestsUnanswered += 1
        case .body:
            break
        case .end:
            reading = .nothing
        }
        // What has come was waited for; `read` says when we wait again.
        readingSince = nil
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if case .body = reading, readingSince == nil {
            readingSince = context.eventLoop.now
            arm(context)
        }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            requestsUnanswered -= 1
            if requestsUnanswered == 0, case .nothing = reading {
                reading = .head
                readingSince = context.eventLoop.now
                arm(context)
            }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        writingSince = context.channel.isWritable ? nil : context.eventLoop.now
        arm(context)
        context.fireChannelWritabilityChanged()
    }

    private var deadline: NIODeadline? {
        [readingSince, writingSince].compactMap { $0.map { $0 + patience } }.min()
    }

    private func arm(_ context: ChannelHandlerContext) {
        guard timer == nil, let deadline else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            // Things may have moved since the timer was set.
            if let deadline = handler.deadline, deadline <= context.eventLoop.now {
                context.close(promise: nil)
            } else {
                handler.arm(context)
            }
        }
    }
}
