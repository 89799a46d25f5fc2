import API
import HTTPTypes
package import HummingbirdCore
import Model
import NIOCore
import NIOHTTP1
package import Operations
import Synchronization

/// The body of a request, pulled as it is consumed.
///
/// An upload that a client breaks off, or that is not well-formed, throws; it never looks like the end of a file.
package final class IncomingBody: Sendable {
    private let body: RequestBody
    private let source: Pulled<RequestBody>
    private let expectedByteCount: Int64?
    private let state = Mutex(State())

    private struct State {
        var receivedByteCount: Int64 = 0
        var hasEnded = false
        var isAbandoned = false
        var failure: PachError?
    }

    /// - Parameter request: its body is iterated here and nowhere else.
    package init(_ request: Request) {
        body = request.body
        source = Pulled(request.body)
        expectedByteCount = request.headers[.contentLength].flatMap { Int64($0) }
    }

    /// A body of so many bytes comes with its head, or soon after.
    package static let shortByteCountMax = 16 * 1024

    /// Whether the client says that it is short.
    package var isShort: Bool { expectedByteCount.map { $0 <= Self.shortByteCountMax } ?? false }

    package var receivedByteCount: Int64 { state.withLock { $0.receivedByteCount } }

    /// The bytes, as they come.
    package var stream: ByteStream {
        ByteStream { { try await self.next() } }
    }

    private func next() async throws -> [UInt8]? {
        let (hasEnded, failure) = state.withLock { ($0.hasEnded, $0.failure) }
        if let failure { throw failure }
        guard !hasEnded else { return nil }
        let buffer: ByteBuffer?
        do {
            buffer = try await source.next()
        } catch is CancellationError {
            throw CancellationError()
        } catch is ClientStall {
            throw failed(
                PachError(
                    .timedOut, "the rest of the request did not come in time", cause: "\(receivedByteCount) bytes had come",
                    hint: "What comes from a slow source, collect in a file first, and send that."))
        } catch let error as HTTPParserError where error != .invalidEOFState {
            throw failed(PachError(.invalidArgument, "the request's body is not well-formed HTTP/1.1", cause: "\(error)"))
        } catch {
            throw failed(PachError(.invalidArgument, "the client broke off its upload", cause: "\(error)"))
        }
        if let buffer {
            state.withLock { $0.receivedByteCount += Int64(buffer.readableBytes) }
            return Array(buffer.readableBytesView)
        }
        // A cancelled task's stream ends as if it were complete.
        try Task.checkCancellation()
        guard expectedByteCount.map({ $0 == receivedByteCount }) ?? true else {
            throw failed(PachError(.invalidArgument, "the client broke off its upload", cause: "\(receivedByteCount) bytes had come"))
        }
        state.withLock { $0.hasEnded = true }
        return nil
    }

    private func failed(_ error: PachError) -> PachError {
        state.withLock { $0.failure = error }
        return error
    }

    /// All bytes.
    /// - Throws: `tooLarge` where there are more than `limit`.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        guard let bytes = try await stream.collect(upTo: limit) else {
            throw PachError(.tooLarge, "the request's body is longer than \(limit) bytes")
        }
        return bytes
    }

    /// Leaves what comes to whoever watches the connection by reading from it, which makes this request its last.
    package func abandon() {
        state.withLock {
            $0.hasEnded = true
            $0.isAbandoned = true
        }
    }

    /// Carries out what may take long, and cancels it when the client leaves.
    ///
    /// It watches the connection by reading from it, so the connection can serve no further request.
    package func whileClientStays<Value: Sendable>(_ operation: () async throws -> Value) async throws -> Value {
        abandon()
        return try await body.consumeWithCancellationOnInboundClose { rest in
            async let _ = rest.discard()
            return try await operation()
        }
    }

    /// Whether no further request can follow this one: nobody looks for where it ends, or it has no end.
    package var isLast: Bool { state.withLock { $0.isAbandoned || $0.failure != nil } }

    /// Reads and drops what is left, so that the connection can be used again, or the client comes to read why it was refused.
    /// - Returns: whether nothing is left; false where more than `limit` bytes were.
    package func drain(upTo limit: Int64) async throws -> Bool {
        guard !isLast else { return true }
        let start = receivedByteCount
        while try await next() != nil {
            guard receivedByteCount - start <= limit else { return false }
        }
        return true
    }
}

extension RequestBody {
    /// Reads what nobody asked for, until the task is cancelled: behind bytes that are left unread nobody sees that the client leaves.
    fileprivate func discard() async throws {
        for try await _ in self {}
    }
}
