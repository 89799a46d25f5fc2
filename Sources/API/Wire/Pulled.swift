import Synchronization

/// Lets sendable closures pull from an iterator that is not sendable, one pull at a time.
///
/// `@unchecked`: `isPulling` guards the iterator. It is set for as long as a pull lasts, and a second pull meanwhile, which the
/// contracts of `ByteStream` and `FileUploads` exclude, stops the process.
package final class Pulled<Source: AsyncSequence & Sendable>: @unchecked Sendable where Source.Element: Sendable {
    private let isPulling = Atomic(false)
    private var iterator: Source.AsyncIterator

    package init(_ source: Source) {
        iterator = source.makeAsyncIterator()
    }

    package func next() async throws -> Source.Element? {
        let wasPulling = isPulling.exchange(true, ordering: .acquiring)
        precondition(!wasPulling, "a stream has one consumer")
        defer { isPulling.store(false, ordering: .releasing) }
        return try await iterator.next()
    }
}
