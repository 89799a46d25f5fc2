import Model
import Operations

extension Operations {
    /// How many jobs have not ended.
    func waitingJobs() async throws -> Int {
        try await listJobs(JobQuery(states: Set(JobState.allCases.filter { !$0.isTerminal }))).count
    }
}
