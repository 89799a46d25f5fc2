import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Operations
import ServiceLifecycle
import Web

/// The kinds of answers that the routes give.
enum Answer {
    /// Lists and walks go out in pieces of about this size.
    static let pieceByteCount = 64 * 1024

    static let nothing = Response(status: .noContent)

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        bytes(text.utf8, type: type)
    }

    static func bytes(_ bytes: some Sequence<UInt8> & Sendable, type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        let bytes = try JSON.encode(value) + [UInt8(ascii: "\n")]
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: Lists

    /// A JSON array, or one value per line for clients that accept that. It is encoded as it is sent.
    static func list<Value: Encodable & Sendable>(_ values: [Value], for exchange: Exchange) throws -> Response {
        let inLines = exchange.accepts(JSONLines.mediaType)
        var pieces = ListPieces(values, inLines: inLines)
        var headers: HTTPFields = [.contentType: inLines ? JSONLines.mediaType : "application/json"]
        if inLines { headers[.constant(JSONLines.countHeader)] = String(values.count) }
        let first = try pieces.next() ?? []
        guard let second = try pieces.next() else {
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: first)))
        }
        let rest = pieces
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var rest = rest
                try await writer.write(contentsOf: [ByteBuffer(bytes: first), ByteBuffer(bytes: second)])
                while let piece = try rest.next() { try await writer.write(ByteBuffer(bytes: piece)) }
                try await writer.finish(nil)
            })
    }

    private struct ListPieces<Value: Encodable & Sendable>: Sendable {
        private var rest: ArraySlice<Value>
        private let inLines: Bool
        private var hasBegun = false
        private var hasEnded = false

        init(_ values: [Value], inLines: Bool) {
            rest = values[...]
            self.inLines = inLines
        }

        mutating func next() throws -> [UInt8]? {
            guard !hasEnded else { return nil }
            var piece: [UInt8] = hasBegun || inLines ? [] : [UInt8(ascii: "[")]
            while piece.count < Answer.pieceByteCount, let value = rest.popFirst() {
                if hasBegun, !inLines { piece += Array(",\n".utf8) }
                piece += try JSON.encode(value)
                if inLines { piece.append(UInt8(ascii: "\n")) }
                hasBegun = true
            }
            hasBegun = true
            if rest.isEmpty {
                hasEnded = true
                if !inLines { piece += Array("]\n".utf8) }
            }
            return piece
        }
    }

    // MARK: Streams

    /// Values as they come, as server-sent events or one per line.
    ///
    /// A failure midway is the last line or event: a problem document, since the status was sent long before.
    /// - Parameters:
    ///   - isLive: each value is sent at once, and the stream ends when the client leaves or the server stops.
    ///   - asEvents: where the client does not say; by default lines.
    ///   - name: the events' name.
    ///   - firstID: the id that a browser gives back when it connects again before any event came.
    ///   - id: an event's id, which it gives back after that.
    static func stream<Value: Encodable & Sendable>(
        _ values: AsyncThrowingStream<Value, any Error>, for exchange: Exchange, isLive: Bool, asEvents: Bool = false, name: String,
        firstID: String? = nil, id: (@Sendable (Value) -> String)? = nil
    ) -> Response {
        let asEvents = exchange.accepts(ServerSentEvent.mediaType) || (asEvents && !exchange.accepts(JSONLines.mediaType))
        let encode: @Sendable (Value) throws -> [UInt8] = { value in
            let json = try JSON.encode(value)
            return asEvents ? ServerSentEvent(name: name, id: id?(value), data: json).encoded : json + [UInt8(ascii: "\n")]
        }
        let last: @Sendable ((any Error)?) throws -> [UInt8] = { failure in
            guard let failure else {
                return asEvents ? ServerSentEvent(name: ServerSentEvent.endName, data: Array("{}".utf8)).encoded : []
            }
            exchange.log.write(brokenOffBy: failure)
            let problem = exchange.problem(for: failure)
            return asEvents
                ? ServerSentEvent(name: ServerSentEvent.problemName, data: try JSON.encode(problem)).encoded
                : try JSON.encode(JSONLines.Failure(problem: problem)) + [UInt8(ascii: "\n")]
        }
        let source = Pulled(values)
        if isLive { exchange.body.abandon() }
        let body = ResponseBody { writer in
            guard isLive else {
                try await send(from: source.next, to: &writer, pieceByteCount: pieceByteCount, encode: encode, last: last)
                return
            }
            if asEvents, let firstID { try await writer.write(ByteBuffer(bytes: ServerSentEvent.start(id: firstID))) }
            try await exchange.body.whileClientStays {
                let next: @Sendable () async throws -> Value? = {
                    try await cancelWhenGracefulShutdown {
                        let value = try await source.next()
                        // A cancelled stream ends as if it were complete.
                        try Task.checkCancellation()
                        return value
                    }
                }
                try await send(from: next, to: &writer, pieceByteCount: 1, encode: encode, last: last)
            }
        }
        return Response(
            status: .ok,
            headers: [.contentType: asEvents ? ServerSentEvent.mediaType : JSONLines.mediaType, .cacheControl: "no-store"], body: body)
    }

    private static func send<Value>(
        from next: () async throws -> Value?, to writer: inout any ResponseBodyWriter, pieceByteCount: Int,
        encode: (Value) throws -> [UInt8], last: ((any Error)?) throws -> [UInt8]
    ) async throws {
        var piece: [UInt8] = []
        var failure: (any Error)?
        var isOver = false
        while !isOver {
            do {
                if let value = try await next() { piece += try encode(value) } else { isOver = true }
            } catch {
                (failure, isOver) = (error, true)
            }
            guard piece.count >= pieceByteCount else { continue }
            // Where this throws, the client has left: no failure of the stream, and nobody to tell of it.
            try await writer.write(ByteBuffer(bytes: piece))
            piece = []
        }
        piece += try last(failure)
        if !piece.isEmpty { try await writer.write(ByteBuffer(bytes: piece)) }
        try await writer.finish(nil)
    }
}
