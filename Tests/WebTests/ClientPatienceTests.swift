import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import Web

/// The clock is the test's: nothing here waits. A client has 10 s, and 100 bytes make up for one. It is slow that falls 2 s behind 1000 bytes/s.
@Suite struct ClientPatienceTests {
    private final class Kernel {
        /// What the client's machine has not taken.
        var byteCount = 0
    }

    private let channel: EmbeddedChannel
    private let kernel = Kernel()
    private let stalls = Stalls()
    private let outgoing = Outgoing()

    init() throws {
        let patience = ClientPatience(
            Slack(.seconds(10), byteRateMin: 100), pace: Slack(.seconds(2), byteRateMin: 1000), closePatience: .seconds(5)
        ) { [kernel] _ in kernel.byteCount }
        channel = EmbeddedChannel(handlers: [outgoing, patience, stalls])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        channel.embeddedEventLoop.run()
    }

    /// Stands for whoever reads the request.
    private final class Stalls: ChannelInboundHandler {
        typealias InboundIn = HTTPRequestPart
        var count = 0
        var headCount = 0
        var isSlow: [Bool] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = unwrapInboundIn(data) { headCount += 1 }
            context.fireChannelRead(data)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let pace = event as? ClientPace { isSlow.append(pace.isSlow) } else { context.fireUserInboundEventTriggered(event) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if error is ClientStall { count += 1 } else { context.fireErrorCaught(error) }
        }
    }

    /// Stands for NIO's buffer: what waits in it when the connection is closed is dropped.
    private final class Outgoing: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart
        var isFull = false
        private var waiting: [EventLoopPromise<Void>] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard isFull else { return context.write(data, promise: promise) }
            if let promise { waiting.append(promise) }
        }

        func empty() {
            isFull = false
            for promise in waiting { promise.succeed() }
            waiting = []
        }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) }
            waiting = []
            context.close(mode: mode, promise: promise)
        }
    }

    private func receive(_ parts: HTTPRequestPart...) throws {
        for part in parts { try channel.writeInbound(part) }
    }

    /// Parts of a body, each after a pause in which the connection stays open.
    private func receive(_ count: Int, partsOf byteCount: Int, every pause: TimeAmount) throws {
        for _ in 0..<count {
            #expect(isOpen(after: pause))
            try receive(part(byteCount))
            channel.read()
        }
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

    private func part(_ byteCount: Int) -> HTTPRequestPart {
        .body(ByteBuffer(repeating: 1, count: byteCount))
    }

    @Test func aHeadMustComeInTime() {
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func bytesOfAHeadDoNotProlongItButAreAnswered() throws {
        #expect(isOpen(after: .seconds(9)))
        // Bytes that make no part yet do not pass the decoder, which only asks for more.
        channel.pipeline.fireChannelReadComplete()
        channel.read()
        #expect(stalls.count == 0)
        #expect(isOpen(after: .seconds(1)))
        #expect(stalls.count == 1)
        try answer()
        #expect(isOpen(after: .seconds(4)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func whatIsNoRequestIsAnsweredAndItsConnectionEnds() throws {
        // As `FailedHeads` does; the decoder gives no part, whatever comes.
        channel.pipeline.fireChannelReadComplete()
        try answer()
        #expect(isOpen(after: .seconds(4)))
        #expect(!isOpen(after: .seconds(1)))
        #expect(stalls.count == 0)
    }

    @Test func aConnectionThatIdlesIsClosedWithoutAWord() throws {
        try receive(head, .end(nil))
        channel.pipeline.fireChannelReadComplete()
        try answer()
        #expect(!isOpen(after: .seconds(10)))
        #expect(stalls.count == 0)
    }

    @Test func eachPartOfABodyMustComeInTime() throws {
        try receive(head)
        channel.read()
        try receive(3, partsOf: 900, every: .seconds(9))
        #expect(isOpen(after: .seconds(9)))
        #expect(stalls.count == 0)
        #expect(isOpen(after: .seconds(1)))
        #expect(stalls.count == 1)
    }

    @Test func aByteNowAndThenIsNoUpload() throws {
        try receive(head)
        channel.read()
        try receive(4, partsOf: 1, every: .seconds(2))
        #expect(stalls.count == 0)
        #expect(isOpen(after: .seconds(3)))
        #expect(stalls.count == 1)
    }

    @Test func aSteadyLinkMayBeAsSlowAsTheRate() throws {
        try receive(head)
        channel.read()
        try receive(1000, partsOf: 100, every: .seconds(1))
        #expect(stalls.count == 0)
    }

    @Test func whatCameFastEarnsNoMoreThanThePatience() throws {
        try receive(head, part(1_000_000))
        channel.read()
        #expect(isOpen(after: .seconds(10)))
        #expect(stalls.count == 1)
    }

    @Test func aStalledRequestIsAnsweredBeforeTheConnectionEnds() throws {
        try receive(head)
        channel.read()
        #expect(isOpen(after: .seconds(10)))
        #expect(stalls.count == 1)
        // What comes now is too late, and the answer is ours to make.
        try receive(part(1))
        channel.read()
        #expect(isOpen(after: .seconds(1000)))
        try answer()
        #expect(isOpen(after: .seconds(4)))
        #expect(!isOpen(after: .seconds(1)))
        #expect(stalls.count == 1)
    }

    @Test func aBodyThatIsDroppedAfterItsAnswerHoldsNothing() throws {
        try receive(head)
        channel.read()
        try answer()
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
        #expect(stalls.count == 0)
    }

    @Test func aConnectionWhoseAnswerCameBeforeItsBodyIdlesNoLonger() throws {
        try receive(head)
        try answer()
        try receive(part(1), .end(nil))
        #expect(isOpen(after: .seconds(9)))
        #expect(!isOpen(after: .seconds(1)))
    }

    @Test func timeThatWeTakeOverABodyDoesNotCount() throws {
        try receive(head, part(1))
        #expect(isOpen(after: .seconds(1000)))
        channel.read()
        #expect(isOpen(after: .seconds(9)))
        try receive(part(1), .end(nil))
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

    // MARK: Answers

    private func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// Writes a part of an answer that stays in the kernel.
    private func send(_ byteCount: Int) throws {
        try channel.writeOutbound(HTTPResponsePart.body(ByteBuffer(repeating: 1, count: byteCount)))
        kernel.byteCount += byteCount
    }

    @Test func aClientThatTakesNothingIsClosed() throws {
        try receive(head, .end(nil))
        try send(5000)
        setWritable(false)
        #expect(isOpen(after: .seconds(9)))
        kernel.byteCount = 0
        setWritable(true)
        #expect(isOpen(after: .seconds(1000)))
        try send(5000)
        setWritable(false)
        #expect(!isOpen(after: .seconds(10)))
    }

    @Test func aSlowLinkThatTakesBytesIsNotClosed() throws {
        try receive(head, .end(nil))
        try send(100_000)
        setWritable(false)
        // The buffer has no room all the while.
        for _ in 0..<990 {
            kernel.byteCount -= 100
            #expect(isOpen(after: .seconds(1)))
        }
    }

    @Test func whoSendsNothingIsSlowUntilWeHaveItAll() throws {
        try receive(head)
        channel.read()
        #expect(isOpen(after: .milliseconds(1900)))
        #expect(stalls.isSlow == [])
        #expect(isOpen(after: .milliseconds(200)))
        #expect(stalls.isSlow == [true])
        try receive(.end(nil))
        #expect(stalls.isSlow == [true, false])
        #expect(isOpen(after: .seconds(1000)))
        #expect(stalls.isSlow == [true, false])
    }

    @Test func whoTakesNothingIsSlow() throws {
        try receive(head, .end(nil))
        try send(5000)
        setWritable(false)
        #expect(isOpen(after: .milliseconds(1900)))
        #expect(stalls.isSlow == [])
        #expect(isOpen(after: .milliseconds(200)))
        #expect(stalls.isSlow == [true])
    }

    @Test func anUploadIsSlowUntilItCatchesUp() throws {
        try receive(head)
        channel.read()
        try receive(2, partsOf: 100, every: .seconds(1))
        #expect(stalls.isSlow == [])
        try receive(2, partsOf: 100, every: .seconds(1))
        #expect(stalls.isSlow == [true])
        try receive(1, partsOf: 3000, every: .seconds(1))
        #expect(stalls.isSlow == [true, false])
        try receive(10, partsOf: 1000, every: .seconds(1))
        #expect(stalls.isSlow == [true, false])
    }

    @Test func aClientThatTakesAnAnswerSlowlyIsSlow() throws {
        try receive(head, .end(nil))
        try send(100_000)
        setWritable(false)
        for _ in 0..<20 {
            kernel.byteCount -= 100
            #expect(isOpen(after: .seconds(1)))
        }
        #expect(stalls.isSlow == [true])
    }

    @Test func aClientThatTakesAByteNowAndThenIsClosed() throws {
        try receive(head, .end(nil))
        try send(100_000)
        setWritable(false)
        var seconds = 0
        while seconds < 100, isOpen(after: .seconds(1)) {
            kernel.byteCount -= 10
            seconds += 1
        }
        #expect((10...20).contains(seconds), "closed after \(seconds) s")
    }

    @Test func theEndOfAnAnswerIsWaitedForToo() throws {
        try receive(head, .end(nil))
        channel.pipeline.fireChannelReadComplete()
        try channel.writeOutbound(HTTPResponsePart.head(.init(status: .ok)))
        try send(5000)
        // It all fits into the buffer, which does not empty.
        _ = channel.write(HTTPResponsePart.end(nil))
        for _ in 0..<45 {
            kernel.byteCount -= 100
            #expect(isOpen(after: .seconds(1)))
        }
        #expect(isOpen(after: .seconds(8)))
        #expect(!isOpen(after: .seconds(5)))
    }

    // MARK: Closing

    /// Has an answer that waits to be sent.
    private func answerWaits() throws {
        try receive(head, .end(nil))
        outgoing.isFull = true
        for part in [HTTPResponsePart.head(.init(status: .ok)), .end(nil)] { channel.write(part, promise: nil) }
    }

    private func closeBeforeAnswerIsSent() throws -> EventLoopFuture<Void> {
        try answerWaits()
        let closed = channel.close()
        #expect(isOpen(after: .seconds(4)))
        return closed
    }

    @Test func aConnectionIsClosedBehindItsAnswers() throws {
        let closed = try closeBeforeAnswerIsSent()
        // No request is begun that would not be answered.
        try receive(head, .end(nil))
        #expect(stalls.headCount == 1)
        outgoing.empty()
        #expect(!isOpen(after: .zero))
        try closed.wait()
    }

    @Test func answersThatNobodyTakesAreNotWaitedForLong() throws {
        let closed = try closeBeforeAnswerIsSent()
        #expect(!isOpen(after: .seconds(1)))
        try closed.wait()
    }

    @Test("whoever closes again, or closes the way in, does not wait", arguments: [CloseMode.all, .input])
    func closedTwice(mode: CloseMode) throws {
        let closed = try closeBeforeAnswerIsSent()
        channel.close(mode: mode, promise: nil)
        #expect(!isOpen(after: .zero))
        try closed.wait()
    }

    @Test func aConnectionThatMakesRoomWaitsForNothing() throws {
        try answerWaits()
        channel.triggerUserOutboundEvent(CloseNow(), promise: nil)
        #expect(!isOpen(after: .zero))
    }
}
