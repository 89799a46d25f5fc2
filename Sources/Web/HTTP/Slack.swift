import NIOCore

/// How much longer a client may keep us waiting. Waiting uses it up, bytes restore it: so many a second restore what a second used up, and
/// more than there was at first there never is.
///
/// So whoever keeps up `byteRateMin`, with pauses that are shorter than all of it, is never cut off, and whoever stops is after that time, however
/// much came before. (Apache's `mod_reqtimeout` lets credit grow without bound, nginx' `client_body_timeout` takes any byte for progress.)
struct Slack {
    let most: TimeAmount
    private(set) var left: TimeAmount
    private let byteRateMin: Int

    /// - Parameter byteRateMin: bytes a second; at least 1.
    init(_ most: TimeAmount, byteRateMin: Int) {
        precondition(byteRateMin > 0, "a rate is positive")
        self.most = most
        left = most
        self.byteRateMin = byteRateMin
    }

    mutating func refill() { left = most }

    mutating func spend(_ time: TimeAmount, receiving byteCount: Int) {
        let restored = Double(byteCount) / Double(byteRateMin) * 1e9
        left = left - time
        left = restored < Double((most - left).nanoseconds) ? left + .nanoseconds(Int64(restored)) : most
    }
}
