package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Channel {
    /// Has the kernel ask the other end for signs of life after a minute of silence, and give it up after another without any.
    ///
    /// A wait or an event stream may be silent for hours; without this, an end whose machine lost power would never be missed.
    package func keepAlive() -> EventLoopFuture<Void> {
        #if canImport(Darwin)
            let idleOption = TCP_KEEPALIVE
        #else
            let idleOption = TCP_KEEPIDLE
        #endif
        // The system's own, 9 times 75 s, are another eleven minutes.
        let times: [(option: CInt, value: Int)] = [(CInt(idleOption), 60), (CInt(TCP_KEEPINTVL), 10), (CInt(TCP_KEEPCNT), 6)]
        return times.reduce(setOption(.socketOption(.so_keepalive), value: 1)) { set, time in
            set.flatMap { self.setOption(.tcpOption(.init(rawValue: time.option)), value: time.value) }
        }
    }

    /// Has the kernel give up an end that leaves what was sent unacknowledged for two minutes: while it does, signs of life are not asked for.
    ///
    /// Not for one that sends uploads: the other end takes the time it needs.
    package func requireAcknowledgements() -> EventLoopFuture<Void> {
        #if os(Linux)
            return setOption(.tcpOption(.init(rawValue: CInt(TCP_USER_TIMEOUT))), value: 120_000)
        #else
            return eventLoop.makeSucceededVoidFuture()
        #endif
    }
}
