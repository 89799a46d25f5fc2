import Synchronization

/// What `/metrics` shows, in Prometheus' text format (exposition formats, version 0.0.4).
final class FrontMetrics: Sendable {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// Upper bounds of the histogram, in seconds: from an answer out of memory to the longest wait for a result.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

    private struct Series {
        /// By status.
        var answers: [Int: Int] = [:]
        /// By bound, and above all of them; not yet summed up.
        var counts = Array(repeating: 0, count: FrontMetrics.bounds.count + 1)
        var seconds = 0.0
    }

    private struct State {
        /// By route: a handful, since clients do not name them.
        var routes: [String: Series] = [:]
        /// By repo.
        var commits: [String: (commits: Int, requests: Int)] = [:]
        var failedResults = 0
    }

    private let state = Mutex(State())

    func record(route: String, status: Int, duration: Duration) {
        let seconds = duration / .seconds(1)
        state.withLock { state in
            var series = state.routes[route] ?? Series()
            series.answers[status, default: 0] += 1
            series.counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
            series.seconds += seconds
            state.routes[route] = series
        }
    }

    /// One commit with `requests` requests.
    func recordCommit(repo: String, requests: Int) {
        state.withLock { state in
            let old = state.commits[repo] ?? (0, 0)
            state.commits[repo] = (old.commits + 1, old.requests + requests)
        }
    }

    /// Each time that somebody is told that a request failed.
    func recordFailedResult() {
        state.withLock { $0.failedResults += 1 }
    }

    /// - Parameter waiting: requests that wait to be committed, by repo.
    func render(waiting: [String: Int]) -> String {
        let state = state.withLock { $0 }
        let routes = state.routes.sorted { $0.key < $1.key }
        let commits = state.commits.sorted { $0.key < $1.key }
        var lines = ["# TYPE http_requests_total counter"]
        for (route, series) in routes {
            for (status, count) in series.answers.sorted(by: { $0.key < $1.key }) {
                lines.append("http_requests_total{handler=\"\(route)\",status=\"\(status)\"} \(count)")
            }
        }
        lines.append("# TYPE http_request_duration_seconds histogram")
        for (route, series) in routes {
            let name = "http_request_duration_seconds"
            var total = 0
            for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], series.counts) {
                total += count
                lines.append("\(name)_bucket{handler=\"\(route)\",le=\"\(bound)\"} \(total)")
            }
            lines.append("\(name)_sum{handler=\"\(route)\"} \(series.seconds)")
            lines.append("\(name)_count{handler=\"\(route)\"} \(total)")
        }
        lines.append("# TYPE recommend_commits_total counter")
        lines += commits.map { "recommend_commits_total{repo=\"\($0.key)\"} \($0.value.commits)" }
        lines.append("# TYPE recommend_committed_requests_total counter")
        lines += commits.map { "recommend_committed_requests_total{repo=\"\($0.key)\"} \($0.value.requests)" }
        lines.append("# TYPE recommend_failed_results_total counter")
        lines.append("recommend_failed_results_total \(state.failedResults)")
        lines.append("# TYPE recommend_waiting_requests gauge")
        lines += waiting.sorted { $0.key < $1.key }.map { "recommend_waiting_requests{repo=\"\($0.key)\"} \($0.value)" }
        return lines.map { $0 + "\n" }.joined()
    }
}
