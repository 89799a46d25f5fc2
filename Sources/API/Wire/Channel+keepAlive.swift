package import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Channel {
    /// Has the kernel ask the other end for signs of life after a minute of silence.
    ///
    /// A wait or an event stream may be silent for hours; without this, an end whose machine lost power would never be missed.
    package func keepAlive() -> EventLoopFuture<Void> {
        #if canImport(Darwin)
            let idleOption = TCP_KEEPALIVE
        #else
            let idleOption = TCP_KEEPIDLE
        #endif
        return setOption(.socketOption(.so_keepalive), value: 1).flatMap {
            self.setOption(.tcpOption(.init(rawValue: CInt(idleOption))), value: 60)
        }
    }
}
