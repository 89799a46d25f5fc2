import CoreMetrics
package import HTTPTypes
package import HummingbirdCore
import NIOCore
import Synchronization

/// What is counted of each request.
package final class RequestMetrics: Sendable {
    private struct Kind: Hashable {
        var template: String
        var method: String
        var status: Int
    }

    private struct Series {
        var requests: Counter
        var seconds: Recorder
        var received: Recorder
        var sent: Recorder
    }

    private let registry: MetricsRegistry
    /// The series of each kind of request so far: to find them by their labels each time took 3.5 % of what a small commit costs. As many
    /// as there are routes, methods and statuses.
    private let series = Mutex<[Kind: Series]>([:])
    private static let methods: [HTTPRequest.Method] = [.get, .head, .put, .post, .delete]

    package init(_ registry: MetricsRegistry) {
        self.registry = registry
    }

    /// - Parameter template: of the route, not the path, which clients choose.
    package func record(
        template: String, method: HTTPRequest.Method, status: Int, duration: Duration, requestByteCount: Int64, responseByteCount: Int64
    ) {
        let kind = Kind(template: template, method: Self.methods.contains(method) ? method.rawValue : "other", status: status)
        let series = series.withLock { known in
            if let found = known[kind] { return found }
            let made = makeSeries(kind)
            known[kind] = made
            return made
        }
        series.requests.increment()
        series.seconds.record(duration / .seconds(1))
        series.received.record(requestByteCount)
        series.sent.record(responseByteCount)
    }

    private func makeSeries(_ kind: Kind) -> Series {
        let labels = [("handler", kind.template), ("method", kind.method)]
        let histogram = { [registry] (label: String) in
            Recorder(label: label, dimensions: labels, aggregate: true, factory: registry)
        }
        return Series(
            requests: Counter(
                label: "http_requests_total", dimensions: labels + [("status", String(kind.status))], factory: registry),
            seconds: histogram("http_request_duration_seconds"), received: histogram("http_request_size_bytes"),
            sent: histogram("http_response_size_bytes"))
    }
}

/// Counts the bytes of an answer as they go out.
package final class ByteCounter: Sendable {
    private let total = Atomic<Int64>(0)

    package init() {}

    package var count: Int64 { total.load(ordering: .relaxed) }

    /// The same body; one whose length is known is counted at once, so that it keeps its short way out.
    package func counting(_ body: ResponseBody) -> ResponseBody {
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
