import API
import HTTPTypes
import Model
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Answers what is not HTTP, and a head that does not come whole, with a problem document, after the requests before it were answered, and
/// sends no more: where a request's end is not known, no other can follow.
///
/// Here because nothing behind the channel sees a request without a head. What is wrong with a body, whoever reads the body tells.
final class FailedHeads: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var isReadingBody = false
    private var requestsUnanswered = 0
    private var failure: (any Error)?

    init() {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            isReadingBody = true
            requestsUnanswered += 1
        case .body:
            break
        case .end:
            isReadingBody = false
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isReadingBody, error is HTTPParserError || error is HTTP1TypeConversionError || error is ClientStall else {
            return context.fireErrorCaught(error)
        }
        // What follows is as little understood, and is dropped.
        guard failure == nil else { return }
        failure = error
        if requestsUnanswered == 0 { answer(error, context) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = unwrapOutboundIn(data) else { return }
        requestsUnanswered -= 1
        if requestsUnanswered == 0, let failure { answer(failure, context) }
    }

    private func problem(for failure: any Error, requestID: String) -> Problem {
        switch failure {
        case is ClientStall:
            let error = PachError(.timedOut, "the request's head did not come whole in time")
            return Problem(error, instance: nil, requestID: requestID)
        case HTTPParserError.headerOverflow:
            // RFC 6585, section 5, has a status of its own for heads.
            return Problem(PachError(.tooLarge, "the request's head is too long"), status: 431, instance: nil, requestID: requestID)
        default:
            let error = PachError(.invalidArgument, "the request is not well-formed HTTP/1.1", cause: "\(failure)")
            return Problem(error, instance: nil, requestID: requestID)
        }
    }

    private func answer(_ failure: any Error, _ context: ChannelHandlerContext) {
        let requestID = RequestID.make()
        let problem = problem(for: failure, requestID: requestID)
        let body = ByteBuffer(bytes: problem.encoded)
        var head = HTTPResponse(
            status: .init(code: problem.status),
            headerFields: [.contentType: Problem.mediaType, .contentLength: String(body.readableBytes), .connection: "close"])
        head.headerFields.describeAnswer(to: requestID)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closed as a whole with bytes unread, the client might be told of a reset before it reads the answer (RFC 9112, section 9.6).
        context.close(mode: .output, promise: nil)
    }
}
