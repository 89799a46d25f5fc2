internal import CSHA1
internal import Dispatch
public import Files
public import Model
internal import Synchronization

/// Hashes what all threads have to hash, as many messages together as the processor takes in the least time.
///
/// Few of them would take nearly as long as many. So it waits until there are many, or until somebody waits for one.
public final class HashLanes: Sendable {
    /// Those of this process.
    public static let shared = HashLanes()

    /// How many messages together take the least time; 1 where they take as long as one after the other.
    public static var width: Int { RunningHash.width }
    /// Whether messages together take less time than one by one.
    public static var isFasterTogether: Bool { width > 1 }
    /// So many are begun though nobody waits.
    private static let startCount = width - width / 4

    /// A message that comes in parts.
    public final class Message: @unchecked Sendable {
        /// Belongs to the thread that hashes while there are parts, and to the message's owner while there are none.
        fileprivate let hash = UnsafeMutablePointer<RunningHash>.allocate(capacity: 1)
        fileprivate let parts = Mutex<[Part]>([])

        public convenience init() {
            self.init(after: RunningHash())
        }

        /// - Parameter start: what is in the hash already.
        init(after start: RunningHash) {
            hash.initialize(to: start)
        }

        deinit {
            hash.deinitialize(count: 1)
            hash.deallocate()
        }

        /// The SHA-1 of all parts; to be asked for when they are through.
        public var checksum: ObjectID { hash.pointee.finalize() }
    }

    /// Bytes that continue a message. What its pointers lead to is written when it is made, and gone with it.
    fileprivate final class Part: @unchecked Sendable {
        let slices: [ByteSlice]
        /// The same slices, as what hashes takes them.
        let pieces: UnsafeMutableBufferPointer<csha1_piece>
        let whenThrough: @Sendable () -> Void

        init(_ slices: [ByteSlice], whenThrough: @escaping @Sendable () -> Void) {
            self.slices = slices
            pieces = .allocate(capacity: slices.count)
            _ = pieces.initialize(from: slices.lazy.map { csha1_piece($0.address) })
            self.whenThrough = whenThrough
        }

        deinit {
            pieces.deallocate()
        }
    }

    /// Messages with parts, each in a lane. One thread at a time has them, or the state does; what the pointers lead to belongs to the messages
    /// and to their first parts.
    private struct Lanes: @unchecked Sendable {
        var messages: [Message] = []
        /// What is left of each one's first part.
        var rests: [csha1_message] = []

        mutating func begin(_ message: Message, _ part: Part) {
            messages.append(message)
            rests.append(Self.rest(of: part, message))
        }

        /// Hashes until a part is through.
        /// - Returns: its message's lane.
        mutating func advance() -> Int {
            guard let lane = messages.firstIndex(where: { $0.hash.pointee.isByLibrary }) else { return csha1_continue(&rests, rests.count) }
            let pieces = UnsafeBufferPointer(start: rests[lane].pieces, count: rests[lane].piece_count)
            for piece in pieces { messages[lane].hash.pointee.update(UnsafeRawBufferPointer(start: piece.bytes, count: piece.count)) }
            return lane
        }

        /// - Parameter part: what its message goes on with, if it does.
        mutating func end(_ lane: Int, next part: Part?) {
            if let part {
                rests[lane] = Self.rest(of: part, messages[lane])
            } else {
                messages.remove(at: lane)
                rests.remove(at: lane)
            }
        }

        private static func rest(of part: Part, _ message: Message) -> csha1_message {
            guard let hash = message.hash.pointer(to: \.hash) else { preconditionFailure("the hash is a stored property") }
            return csha1_message(hash: hash, pieces: part.pieces.baseAddress, piece_count: part.pieces.count, done_count: 0)
        }
    }

    private struct State {
        /// Messages with parts, of which none is in a lane, the oldest first.
        var waiting: [Message] = []
        /// Nil while a thread works at them.
        var lanes: Lanes? = Lanes()
        /// Threads that wait for some message.
        var awaitingCount = 0

        /// - Returns: what a thread is to work at; nil where one does, or that had better wait.
        mutating func begin() -> Lanes? {
            guard var lanes = lanes.take() else { return nil }
            let free = waiting.prefix(HashLanes.width - lanes.messages.count)
            for message in free { lanes.begin(message, message.parts.withLock { $0[0] }) }
            waiting.removeFirst(free.count)
            guard lanes.messages.count >= (awaitingCount > 0 ? 1 : HashLanes.startCount) else {
                self.lanes = lanes
                return nil
            }
            return lanes
        }
    }

    public init() {}

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "pach.hash")

    /// Continues a message.
    /// - Parameters:
    ///   - slices: one behind the other.
    ///   - whenThrough: called when they are in its hash, on the thread that hashes everything: it must not wait for anything.
    public func add(_ slices: [ByteSlice], to message: Message, whenThrough: @escaping @Sendable () -> Void) {
        let part = Part(slices, whenThrough: whenThrough)
        let isFirst = message.parts.withLock { parts in
            parts.append(part)
            return parts.count == 1
        }
        if isFirst { start { $0.waiting.append(message) } }
    }

    /// Runs `body`, which waits for what others add or have added here: meanwhile nothing is left to wait for company.
    public func awaiting<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        start { $0.awaitingCount += 1 }
        defer { state.withLock { $0.awaitingCount -= 1 } }
        return try body()
    }

    private func start(after change: (inout State) -> Void) {
        let lanes = state.withLock { state in
            change(&state)
            return state.begin()
        }
        if let lanes { queue.async { self.run(lanes) } }
    }

    private func run(_ begun: Lanes) {
        var lanes = begun
        while true {
            let lane = lanes.advance()
            let (part, next) = lanes.messages[lane].parts.withLock { ($0.removeFirst(), $0.first) }
            lanes.end(lane, next: next)
            part.whenThrough()
            let rest = lanes
            let filled = state.withLock { state in
                state.lanes = rest
                return state.begin()
            }
            guard let filled else { return }
            lanes = filled
        }
    }
}
