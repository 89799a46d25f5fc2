import Glibc

/// The user and group that user code runs as.
public struct SandboxIdentity: Hashable, Sendable {
    public var user: UInt32
    public var group: UInt32

    public init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }

    /// How many identities there are for workers.
    public static let workerCount = 500

    /// The identity of a worker of an engine that runs as root; nil for an engine of an ordinary user, whose workers can
    /// only run as that same user.
    ///
    /// Each worker has a user of its own, so that no sandbox can reach the files or processes of another: 60 600 to 61 099.
    /// That range lies within 60 578 to 61 183, which Debian and systemd leave unused ("Users, Groups, UIDs and GIDs on
    /// systemd systems"), and below 65 536, so that it exists in a container that maps only so many. The users need no
    /// entry in `/etc/passwd`.
    ///
    /// - Parameter slot: the worker's number, 0 or more, unique among the workers that live at the same time; the 500
    ///   identities are used in turn.
    public static func forWorker(_ slot: Int) -> SandboxIdentity? {
        guard geteuid() == 0 else { return nil }
        let id = UInt32(60_600 + slot % workerCount)
        return SandboxIdentity(user: id, group: id)
    }
}
