import Model
import Testing

@testable import Scheduling

@Suite("Checkpoints of a job")
struct JobCheckpointsTests {
    /// Ends when its task is cancelled.
    private static func waitForCancellation() async throws -> Never {
        let (endless, _) = AsyncStream.makeStream(of: Void.self)
        for await _ in endless {}
        throw CancellationError()
    }

    @Test("one that fails ends the job at once, with what went wrong", .timeLimit(.minutes(1)))
    func failure() async throws {
        let failure = PachError(.outOfSpace, "the disk is full")
        let error = await #expect(throws: PachError.self) {
            try await JobCheckpoints.run {
                try await Self.waitForCancellation()
            } beside: {
                throw failure
            }
        }
        #expect(error?.code == .outOfSpace)
    }

    @Test("are taken until the job's datums are done, and no longer", .timeLimit(.minutes(1)))
    func end() async throws {
        try await JobCheckpoints.run {
        } beside: {
            try await Self.waitForCancellation()
        }
    }

    @Test("one that fails as the job's datums are done fails the job", .timeLimit(.minutes(1)))
    func lateFailure() async throws {
        await #expect(throws: PachError.self) {
            try await JobCheckpoints.run {
            } beside: {
                do {
                    try await Self.waitForCancellation()
                } catch is CancellationError {
                    throw PachError(.io, "the checkpoint under way met a disk error")
                }
            }
        }
    }

    @Test("a job that fails tells why", .timeLimit(.minutes(1)))
    func failureOfTheJob() async throws {
        let error = await #expect(throws: PachError.self) {
            try await JobCheckpoints.run {
                throw PachError(.corrupt, "an input is damaged")
            } beside: {
                try await Self.waitForCancellation()
            }
        }
        #expect(error?.code == .corrupt)
    }
}
