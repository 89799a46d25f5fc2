/// Bytes that are pulled piece by piece by whoever consumes them, so that a slow consumer slows the source.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    /// A piece is at most this long by custom; longer ones are allowed.
    public static let pieceByteCount = 256 * 1024

    private let makeNext: @Sendable () -> (@Sendable () async throws -> [UInt8]?)

    /// - Parameter makeNext: makes a function that returns the next piece, or nil at the end. It is called once per iteration.
    public init(_ makeNext: @escaping @Sendable () -> (@Sendable () async throws -> [UInt8]?)) {
        self.makeNext = makeNext
    }

    /// A stream of one piece.
    public init(_ bytes: [UInt8]) {
        self.init {
            let piece = OnePiece(bytes)
            return { await piece.next() }
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

private actor OnePiece {
    private var bytes: [UInt8]?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes.isEmpty ? nil : bytes
    }

    func next() -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
