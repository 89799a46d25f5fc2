import API
import HummingbirdCore
import Model
import NIOCore

/// The body of a request, read once and up to a limit.
struct IncomingBody: Sendable {
    /// Of a body that is refused: so many bytes are read and dropped, so that the client comes to read why.
    private static let refusedByteCountMax = 16 * 1024 * 1024

    private let source: Pulled<RequestBody>

    /// - Parameter request: its body is iterated here and nowhere else.
    init(_ request: Request) {
        source = Pulled(request.body)
    }

    /// - Throws: `tooLarge` where there are more than `limit` bytes; `invalidArgument` where they break off or are not well-formed.
    func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            bytes += piece.readableBytesView
            guard bytes.count <= limit else {
                throw PachError(.tooLarge, "the request's body is longer than \(limit) bytes", hint: "Send several requests.")
            }
        }
        // A cancelled stream ends as if it were complete.
        try Task.checkCancellation()
        return bytes
    }

    private func next() async throws -> ByteBuffer? {
        do {
            return try await source.next()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PachError(.invalidArgument, "the request's body breaks off, or is not well-formed HTTP/1.1", cause: "\(error)")
        }
    }

    /// Reads and drops what is left.
    /// - Throws: `tooLarge` where that does not end; `invalidArgument` as `collect`.
    func drain() async throws {
        var count = 0
        while let piece = try await next() {
            count += piece.readableBytes
            guard count <= Self.refusedByteCountMax else {
                throw PachError(.tooLarge, "the client goes on sending a body that was refused")
            }
        }
    }
}
