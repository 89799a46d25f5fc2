import NIOCore
import Operations

/// The body of a request as the HTTP client pulls it; it remembers what its source threw.
actor OutgoingBody {
    private let source: Pulled<ByteStream>
    private let loop: any EventLoop
    private(set) var failure: (any Error)?

    /// - Parameter loop: that of the connection it goes to.
    init(_ stream: ByteStream, loop: any EventLoop) {
        source = Pulled(stream)
        self.loop = loop
    }

    nonisolated var buffers: Buffers { Buffers(body: self) }

    private func next() async throws -> ByteBuffer? {
        do {
            // The HTTP client asks for a piece before the last has reached the connection, which is what tells it to wait: a source
            // that is faster than the loop would fill the memory. Once this returns, the loop has taken all that went before.
            try await loop.submit {}.get()
            return try await source.next().map { ByteBuffer(bytes: $0) }
        } catch {
            failure = error
            throw error
        }
    }

    struct Buffers: AsyncSequence, AsyncIteratorProtocol, Sendable {
        fileprivate let body: OutgoingBody

        func makeAsyncIterator() -> Buffers { self }

        func next() async throws -> ByteBuffer? {
            try await body.next()
        }
    }
}
