import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Server

/// The clock is the test's: nothing here waits.
@Suite struct ClientPatienceTests {
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handler: ClientPatience(.seconds(10)))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        channel.embeddedEventLoop.run()
    }

    private func receive(_ parts: HTTPRequestPart...) throws {
        for part in parts { try channel.writeInbound(part) }
    }

    private func answer() throws {
        try channel.writeOutbound(HTTPResponsePart.head(.init(status: .ok)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    /// Whether the connection is still open that much later.
    private func isOpen(after time: TimeAmount) -> Bool {
        channel.embeddedEventLoop.advanceTime(by: time)
        return channel.isActive
    }

    private let head = HTTPRequestPart.head(.init(method: .put, scheme: "http", authority: "h", path: "/"))
    private let some = HTTPRequestPart.body(ByteBuffer(string: "some"))

    @Test func aHeadMustComeInTime() {
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func bytesOfAHeadDoNotProlongIt() {
        #expect(isOpen(after: .seconds(9)))
        // Bytes that make no part yet do not pass the decoder, which only asks for more.
        channel.read()
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func eachPartOfABodyMustComeInTime() throws {
        try receive(head)
        channel.read()
        for _ in 0..<3 {
            #expect(isOpen(after: .seconds(9)))
            try receive(some)
            channel.read()
        }
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func timeThatWeTakeOverABodyDoesNotCount() throws {
        try receive(head, some)
        #expect(isOpen(after: .seconds(1000)))
        channel.read()
        #expect(isOpen(after: .seconds(9)))
        try receive(some, .end(nil))
        #expect(isOpen(after: .seconds(1000)))
    }

    @Test func timeThatAnAnswerTakesDoesNotCount() throws {
        try receive(head, .end(nil))
        channel.read()
        #expect(isOpen(after: .hours(10)))
        try answer()
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func theNextRequestBeginsAnew() throws {
        for _ in 0..<3 {
            try receive(head, .end(nil))
            try answer()
            #expect(isOpen(after: .seconds(9)))
        }
    }

    @Test func aClientThatTakesNothingIsClosed() throws {
        try receive(head, .end(nil))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(isOpen(after: .seconds(9)))
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(isOpen(after: .seconds(1000)))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(!isOpen(after: .seconds(10)))
    }
}
