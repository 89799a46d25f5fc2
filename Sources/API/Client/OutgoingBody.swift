import NIOCore
import Operations

/// The body of a request as the HTTP client pulls it; it remembers what its source threw.
actor OutgoingBody {
    private let source: Pulled<ByteStream>
    private(set) var failure: (any Error)?

    init(_ stream: ByteStream) {
        source = Pulled(stream)
    }

    nonisolated var buffers: Buffers { Buffers(body: self) }

    private func next() async throws -> ByteBuffer? {
        do {
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
