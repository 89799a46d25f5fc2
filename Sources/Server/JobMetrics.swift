import Model
import Operations
import Web

/// What `/metrics` shows of jobs.
enum JobMetrics {
    /// They are set in a registry of their own each time: a pipeline that was deleted is not shown any more.
    /// - Parameter names: whether whoever asks may know which pipelines there are; else their numbers are added up.
    static func render(_ figures: JobFigures, names: Bool) -> String {
        let registry = MetricsRegistry()
        registry.set("pach_jobs_waiting", .gauge, to: Double(figures.waiting))
        registry.set("pach_jobs_running", .gauge, to: Double(figures.running))
        let ended = names ? figures.ended.map { ([("pipeline", "\($0.key)")], $0.value) } : [([], figures.endedOfAll)]
        for (labels, counts) in ended {
            // Also those that there are none of yet: a rate needs a value before the first.
            for state in JobState.allCases where state.isTerminal {
                registry.set("pach_jobs_total", .counter, labels + [("state", state.word)], to: Double(counts[state] ?? 0))
            }
        }
        for (pipeline, time) in figures.lastSuccess where names {
            registry.set(
                "pach_pipeline_last_success_timestamp_seconds", .gauge, [("pipeline", "\(pipeline)")], to: Double(time.microseconds) / 1e6)
        }
        return PrometheusText.render(registry)
    }
}

extension JobFigures {
    fileprivate var endedOfAll: [JobState: Int] {
        ended.values.reduce(into: [:]) { sum, counts in sum.merge(counts, uniquingKeysWith: +) }
    }
}
