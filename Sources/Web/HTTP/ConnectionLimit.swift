import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Bounds how many connections there are (invariant 8), and keeps whoever holds some idle, or is slow, from shutting others out.
///
/// When there are as many as may be, the one that has idled longest is closed to make room. One that has idled for less than `idleMin`
/// is left alone, since its next request may be on its way. Where all have a request at work, the one whose client has been slow longest is
/// closed (`ClientPace`); where none is slow, newcomers wait to be accepted.
final class ConnectionLimit: AvailableConnectionsDelegate, Sendable {
    /// A connection, as others need to know it.
    fileprivate final class Place: Sendable {
        let channel: any Channel
        /// Since when it has idled, in nanoseconds of `NIODeadline`; zero while a request is at work.
        let idleSince = Atomic(NIODeadline.now().uptimeNanoseconds)
        /// Since when the client of the request at work has been slow; zero while it is not.
        let slowSince = Atomic<UInt64>(0)

        init(_ channel: any Channel) {
            self.channel = channel
        }
    }

    /// Sent to a connection that is to make room.
    struct GiveUpPlace: Sendable {}

    private struct State {
        var count = 0
        var places: [ObjectIdentifier: Place] = [:]
        /// Whether a connection was told to make room and has not answered yet.
        var isLeaving = false
        /// Whether a timer will look again.
        var isWaiting = false
    }

    private enum Step: Sendable {
        case nothing
        case close(Place)
        case wait(until: NIODeadline)
    }

    private let countMax: Int
    private let idleMin: TimeAmount
    private let loop: any EventLoop
    private let state = Mutex(State())

    /// - Parameter loop: where the timer runs.
    init(_ countMax: Int, idleMin: Duration, loop: any EventLoop) {
        self.countMax = countMax
        self.idleMin = TimeAmount(idleMin)
        self.loop = loop
    }

    func isAcceptingNewConnections() -> Bool { state.withLock { $0.count < countMax } }

    func connectionOpened() {
        state.withLock { $0.count += 1 }
        makeRoom()
    }

    func connectionClosed() {
        state.withLock {
            $0.count -= 1
            $0.isLeaving = false
        }
        makeRoom()
    }

    fileprivate func enter(_ channel: any Channel) -> Place {
        let place = Place(channel)
        state.withLock { $0.places[ObjectIdentifier(place)] = place }
        // It was counted before it was known.
        makeRoom()
        return place
    }

    fileprivate func leave(_ place: Place) {
        state.withLock { _ = $0.places.removeValue(forKey: ObjectIdentifier(place)) }
    }

    fileprivate func begin(_ place: Place) {
        place.slowSince.store(0, ordering: .relaxed)
        place.idleSince.store(0, ordering: .relaxed)
    }

    fileprivate func note(_ pace: ClientPace, of place: Place) {
        place.slowSince.store(pace.isSlow ? NIODeadline.now().uptimeNanoseconds : 0, ordering: .relaxed)
        if pace.isSlow { makeRoom() }
    }

    fileprivate func end(_ place: Place) {
        place.slowSince.store(0, ordering: .relaxed)
        place.idleSince.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
        makeRoom()
    }

    /// For a connection that was told to make room and has a request at work by now, of a client that is not slow.
    fileprivate func stay() {
        state.withLock { $0.isLeaving = false }
        makeRoom()
    }

    private func makeRoom() {
        switch state.withLock({ nextStep(&$0) }) {
        case .nothing:
            break
        case .close(let place):
            place.channel.pipeline.fireUserInboundEventTriggered(GiveUpPlace())
        case .wait(let deadline):
            loop.scheduleTask(deadline: deadline) {
                self.state.withLock { $0.isWaiting = false }
                self.makeRoom()
            }
        }
    }

    private func nextStep(_ state: inout State) -> Step {
        guard state.count >= countMax, !state.isLeaving, !state.isWaiting else { return .nothing }
        guard let idle = Self.longest(state.places.values, since: { $0.idleSince.load(ordering: .relaxed) }) else {
            guard let slow = Self.longest(state.places.values, since: { $0.slowSince.load(ordering: .relaxed) }) else { return .nothing }
            state.isLeaving = true
            return .close(slow.place)
        }
        let deadline = NIODeadline.uptimeNanoseconds(idle.since) + idleMin
        if deadline > .now() {
            state.isWaiting = true
            return .wait(until: deadline)
        }
        state.isLeaving = true
        return .close(idle.place)
    }

    /// - Parameter since: zero for those that do not count.
    private static func longest(_ places: some Sequence<Place>, since: (Place) -> UInt64) -> (place: Place, since: UInt64)? {
        places.map { (place: $0, since: since($0)) }.filter { $0.since > 0 }.min { $0.since < $1.since }
    }
}

/// Tells a connection's limit when a request is at work: from its head until all of the answer has gone out.
final class ConnectionPlace: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: ConnectionLimit
    private var place: ConnectionLimit.Place?
    private var requestsAtWork = 0

    init(_ limit: ConnectionLimit) {
        self.limit = limit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        place = limit.enter(context.channel)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if let place { limit.leave(place) }
        place = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            requestsAtWork += 1
            if let place { limit.begin(place) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let promise = promise ?? context.eventLoop.makePromise()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.hop(to: context.eventLoop).whenComplete { _ in bound.value.answered() }
        context.write(data, promise: promise)
    }

    private func answered() {
        requestsAtWork -= 1
        if requestsAtWork == 0, let place { limit.end(place) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let pace = event as? ClientPace, let place { return limit.note(pace, of: place) }
        guard event is ConnectionLimit.GiveUpPlace else { return context.fireUserInboundEventTriggered(event) }
        // A request may have come since it was chosen, or the client have caught up.
        let isSlow = place.map { $0.slowSince.load(ordering: .relaxed) > 0 } ?? true
        if requestsAtWork == 0 || isSlow { context.triggerUserOutboundEvent(CloseNow(), promise: nil) } else { limit.stay() }
    }
}
