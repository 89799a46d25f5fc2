public import NIOCore

/// Sends bytes as soon as a connection stands, from its own loop: on a busy machine it may take longer than the patience of a server until a
/// task has its turn.
public final class FirstBytes: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private let text: String

    public init(_ text: String) {
        self.text = text
    }

    public func channelActive(context: ChannelHandlerContext) {
        if !text.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
        context.fireChannelActive()
    }
}
