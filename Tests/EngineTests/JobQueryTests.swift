import Model
import Operations
import Testing

@testable import Engine

@Suite("A query for jobs")
struct JobQueryTests {
    @Test("reads no more rows than are wanted where the database knows the states that are asked for")
    func rows() {
        for states: Set<JobState> in [[], [.success], [.failure, .killed, .unrunnable]] {
            #expect(JobQuery(states: states, number: 5).rowCountMax == 5)
            #expect(JobQuery(states: states).rowCountMax == nil)
        }
        #expect(JobQuery(states: [.running], number: 5).rowCountMax == nil)
    }
}
