import NIOCore
import NIOHTTP1

/// Ends a connection with the request that its client calls the last, by its version or by `Connection` (RFC 9112, section 9.3); what comes
/// after that is dropped.
///
/// A client of HTTP/1.0 has one request, whatever it asks for, and an answer without chunks, which it does not know. Here because nothing behind
/// this sees a request's version.
final class Persistence: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var requestsUnanswered = 0
    /// The version of the last request; nil until that has come.
    private var lastVersion: HTTPVersion?
    private var hasReadLast = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasReadLast else { return }
        switch unwrapInboundIn(data) {
        case .head(var head):
            requestsUnanswered += 1
            guard head.version != .http1_1 || !head.isKeepAlive else { return context.fireChannelRead(data) }
            lastVersion = head.version
            // Hummingbird ends with a request that says so in this very word.
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            // Who speaks HTTP/1.0 would take a 100 for the answer (RFC 9110, section 10.1.1).
            if head.version != .http1_1 { head.headers.remove(name: "Expect") }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body:
            context.fireChannelRead(data)
        case .end:
            hasReadLast = lastVersion != nil
            context.fireChannelRead(data)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if hasReadLast, error is HTTPParserError { return }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard let lastVersion, requestsUnanswered == 1, head.status.code >= 200 else { return context.write(data, promise: promise) }
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            if lastVersion != .http1_1 { head.version = .http1_0 }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            requestsUnanswered -= 1
            context.write(data, promise: promise)
        }
    }
}
