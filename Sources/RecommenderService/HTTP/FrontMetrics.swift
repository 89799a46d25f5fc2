import CoreMetrics
import Web

/// What `/metrics` shows.
struct FrontMetrics: Sendable {
    let requests: RequestMetrics
    private let registry: MetricsRegistry
    private let failedResults: any CounterHandler

    init() {
        registry = MetricsRegistry()
        requests = RequestMetrics(registry)
        failedResults = registry.makeCounter(label: "recommend_failed_results_total", dimensions: [])
    }

    /// One commit with `requests` requests.
    func recordCommit(repo: String, requests: Int) {
        let labels = [("repo", repo)]
        registry.makeCounter(label: "recommend_commits_total", dimensions: labels).increment(by: 1)
        registry.makeCounter(label: "recommend_committed_requests_total", dimensions: labels).increment(by: Int64(requests))
    }

    /// Each time that somebody is told that a request failed.
    func recordFailedResult() {
        failedResults.increment(by: 1)
    }

    /// - Parameter waiting: requests that wait to be committed, by repo.
    func render(waiting: [String: Int]) -> String {
        for (repo, count) in waiting { registry.set("recommend_waiting_requests", .gauge, [("repo", repo)], to: Double(count)) }
        ProcessMetrics.update(registry)
        return PrometheusText.render(registry)
    }
}
