internal import GRDB
internal import Metadata
internal import Model

extension Database {
    /// What the planner has to know: of each pipeline the jobs that have not ended.
    func jobQueues(running: [PipelineName: Int64]) throws -> [JobQueue] {
        let unfinished = try firstUnfinishedJobs()
        return try unfinished.map { pipeline, jobs in
            JobQueue(
                mode: pipeline.version.spec.jobs, running: running[pipeline.name],
                waiting: try jobs.filter { $0.seq != running[pipeline.name] }.map { job in
                    WaitingJob(seq: job.seq, link: job.link, inputs: try inputState(of: job))
                })
        }
    }

    private func inputState(of job: JobRow) throws -> WaitingJob.Inputs {
        let inputs = try provenance(of: commit(seq: job.output)).map(\.commit)
        let failed = inputs.filter { $0.error != nil }
        if !failed.isEmpty {
            let causes = failed.filter { $0.error.map(JobReason.saysSuperseded) != true }
            return causes.isEmpty ? .superseded(failed.map(\.repo.base).sorted()) : .failed(causes.map(\.repo.base).sorted())
        }
        return inputs.allSatisfy(\.isFinished) ? .finished : .open
    }
}
