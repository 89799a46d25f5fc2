internal import Glibc

/// What the clients of a service may use up by their connections.
public struct ConnectionLimits: Sendable {
    /// When there are so many, the one that has idled longest is closed to make room for the next; while all have a request at work, the one
    /// whose client has been slow longest; while none is, more wait to be accepted.
    public var countMax: Int
    /// A connection that idles for a shorter time is not closed to make room: its next request may be on its way.
    public var idleMin = Duration.seconds(1)
    /// Of all headers of a request together, and of its target.
    public var headerByteCountMax: Int
    /// How long a client may take to send a whole request head, and a connection idle; how far it may fall behind `clientByteRateMin` in
    /// sending a body that we wait for, and in taking an answer.
    public var clientPatience = Duration.seconds(60)
    /// Bytes a second, at least 1.
    public var clientByteRateMin = 1024
    /// A client is slow that falls so far behind `crowdedByteRateMin` in sending a body that we wait for, or in taking an answer.
    public var crowdedPatience = Duration.seconds(10)
    /// Bytes a second, at least 1.
    public var crowdedByteRateMin = 16 * 1024
    /// How long requests may go on once the service is told to stop; then they are cancelled.
    public var stopPatience = Duration.seconds(10)

    /// - Parameters:
    ///   - countMax: so many, or half of the descriptors that the process may have, where those are fewer: with none left it could accept nobody
    ///     and close nobody, and would be woken without end by who waits. The other half is for files.
    ///   - descriptorCountMax: as the process has them now where not given.
    public init(countMax: Int, ofDescriptors descriptorCountMax: Int = Self.descriptorCountMax, headerByteCountMax: Int) {
        self.countMax = max(1, min(countMax, descriptorCountMax / 2))
        self.headerByteCountMax = headerByteCountMax
    }

    /// How many descriptors the process may have (getrlimit(2)).
    public static var descriptorCountMax: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }
}
