import CoreMetrics
import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

/// What is counted of each request.
struct RequestMetrics: Sendable {
    private let registry: MetricsRegistry

    init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    /// - Parameter template: of the route, not the path, which clients choose.
    func record(
        template: String, method: HTTPRequest.Method, status: Int, duration: Duration, requestByteCount: Int64, responseByteCount: Int64
    ) {
        let known: [HTTPRequest.Method] = [.get, .head, .put, .post, .delete]
        let labels = [("handler", template), ("method", known.contains(method) ? method.rawValue : "other")]
        Counter(label: "http_requests_total", dimensions: labels + [("status", String(status))], factory: registry).increment()
        let (seconds, attoseconds) = duration.components
        Recorder(label: "http_request_duration_seconds", dimensions: labels, aggregate: true, factory: registry)
            .record(Double(seconds) + Double(attoseconds) / 1e18)
        Recorder(label: "http_request_size_bytes", dimensions: labels, aggregate: true, factory: registry).record(requestByteCount)
        Recorder(label: "http_response_size_bytes", dimensions: labels, aggregate: true, factory: registry).record(responseByteCount)
    }
}

/// Counts the bytes of an answer as they go out.
final class ByteCounter: Sendable {
    private let total = Atomic<Int64>(0)

    var count: Int64 { total.load(ordering: .relaxed) }

    /// The same body; one whose length is known is counted at once, so that it keeps its short way out.
    func counting(_ body: ResponseBody) -> ResponseBody {
        if let length = body.contentLength {
            total.add(Int64(length), ordering: .relaxed)
            return body
        }
        return body.map { buffer in
            self.total.add(Int64(buffer.readableBytes), ordering: .relaxed)
            return buffer
        }
    }
}
