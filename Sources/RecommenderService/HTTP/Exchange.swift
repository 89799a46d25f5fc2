import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Web

/// A request that was let in, as the routes see it.
struct Exchange: Sendable {
    let body: IncomingBody
    let parameters: PathParameters
    let query: Query
    let bodyByteCountMax: Int

    /// The body as JSON, whatever the client says that it is: `curl -d` says it is a form.
    /// - Parameter hint: what to send instead of one that cannot be read.
    func json<Body: JSONBody>(_ type: Body.Type, hint: String) async throws -> Body {
        let bytes: [UInt8]
        do {
            bytes = try await body.collect(upTo: bodyByteCountMax)
        } catch let error as PachError where error.code == .tooLarge {
            throw PachError(.tooLarge, error.message, hint: "Send several requests.")
        }
        guard !bytes.isEmpty else { throw PachError(.invalidArgument, "the request has no body", hint: hint) }
        do {
            return try JSON.decode(Strict<Body>.self, from: bytes, what: "the request's body").body
        } catch {
            throw PachError(error.code, error.message, cause: error.cause, hint: hint, details: error.details)
        }
    }
}

/// The kinds of answers that the routes give.
enum Answer {
    static func json(_ value: some Encodable) throws -> Response {
        text(String(decoding: try JSON.encode(value), as: UTF8.self) + "\n", type: "application/json")
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
