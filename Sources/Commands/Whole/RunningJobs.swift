import Model
import Operations

/// Draws each second which jobs run, how far they are and for how long, until the task is cancelled.
func drawRunningJobs(of engine: any Operations, on line: StatusLine, now: @Sendable () -> Timestamp) async {
    guard line.isShown else { return }
    var pause = Duration.seconds(1)
    do {
        while true {
            try await Task.sleep(for: pause)
            let cost = try await ContinuousClock().measure {
                let jobs = try await engine.listJobs(JobQuery(states: [.starting, .running, .finishing]))
                if !jobs.isEmpty { line.draw(text(of: jobs.reversed(), now())) }
            }
            // Where many jobs wait the look takes a while; the jobs are to have nearly all of the time.
            pause = max(pause, cost * 20)
        }
    } catch {
        // Cancelled, or there is nobody to ask: the jobs go on unseen, and how they end is told.
    }
}

/// A pipeline runs one job at a time, so its name is enough.
private func text(of jobs: [JobInfo], _ now: Timestamp) -> String {
    "running: "
        + jobs.map { job in
            "\(job.job.pipeline.name) \(job.progressText)" + (job.started.map { " (\(humanDuration(now.since($0))))" } ?? "")
        }.joined(separator: ", ")
}
