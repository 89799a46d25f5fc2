internal import Synchronization
internal import Threads

/// Bytes that are pulled piece by piece by whoever consumes them, so that a slow consumer slows the source.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    /// A piece is at most this long by custom; longer ones are allowed.
    public static let pieceByteCount = 256 * 1024

    /// Content up to this size is better had as a whole: handing over its pieces would cost more than its bytes.
    public static let wholeByteCountMax = 1024 * 1024

    /// All bytes at once, where they are at hand or on a disk: a call that blocks for as long as reading them takes. Nil for content that
    /// comes in pieces.
    public let whole: (@Sendable () throws -> [UInt8])?
    /// All bytes, where they are at hand.
    public let bytes: [UInt8]?
    /// Makes a function that returns the next piece, of so many bytes at most, or nil at the end, each time by a call that blocks for as
    /// long as the disk takes: who has a thread for that is spared a change of threads a piece. Nil for content that comes from elsewhere.
    public let blockingPieces: (@Sendable () -> @Sendable (_ byteCountMax: Int) throws -> [UInt8]?)?
    private let makeNext: @Sendable () -> (@Sendable () async throws -> [UInt8]?)

    /// - Parameter makeNext: makes a function that returns the next piece, or nil at the end. It is called once per iteration.
    public init(_ makeNext: @escaping @Sendable () -> (@Sendable () async throws -> [UInt8]?)) {
        whole = nil
        bytes = nil
        blockingPieces = nil
        self.makeNext = makeNext
    }

    /// A stream from a disk.
    /// - Parameter makeNext: as `blockingPieces`. It is called once per iteration.
    public init(blocking makeNext: @escaping @Sendable () -> (@Sendable (_ byteCountMax: Int) throws -> [UInt8]?)) {
        whole = nil
        bytes = nil
        blockingPieces = makeNext
        self.makeNext = {
            let next = makeNext()
            return { try await blocking { try next(Self.pieceByteCount) } }
        }
    }

    /// A stream of one piece.
    /// - Parameter whole: reads it, and may wait for the disk; called at most once per iteration.
    public init(whole: @escaping @Sendable () throws -> [UInt8]) {
        self.whole = whole
        bytes = nil
        blockingPieces = nil
        makeNext = { Self.once { try await blocking(whole) } }
    }

    /// A stream of bytes that are at hand.
    public init(_ bytes: [UInt8]) {
        whole = { bytes }
        self.bytes = bytes
        blockingPieces = nil
        makeNext = { Self.once { bytes } }
    }

    private static func once(_ bytes: @escaping @Sendable () async throws -> [UInt8]) -> @Sendable () async throws -> [UInt8]? {
        let isRead = Atomic(false)
        return {
            guard !isRead.exchange(true, ordering: .relaxed) else { return nil }
            let bytes = try await bytes()
            return bytes.isEmpty ? nil : bytes
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let pull: @Sendable () async throws -> [UInt8]?

        public mutating func next() async throws -> [UInt8]? {
            try await pull()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pull: makeNext())
    }

    /// All bytes, at most `limit`.
    public func collect(upTo limit: Int) async throws -> [UInt8]? {
        var all: [UInt8] = []
        for try await piece in self {
            guard all.count + piece.count <= limit else { return nil }
            all += piece
        }
        return all
    }
}
