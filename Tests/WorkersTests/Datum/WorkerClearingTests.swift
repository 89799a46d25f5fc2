import Foundation
import Glibc
import Model
import Testing

@testable import Workers

/// What user code leaves in a worker's folders goes when the worker is given back: it may be what fills the disk.
@Suite(.timeLimit(.minutes(1))) struct WorkerClearingTests {
    /// What lies in the folders that user code writes to, of the worker that waits.
    private func leftovers(_ fixture: BatchFixture, batching: Bool) async throws -> [String] {
        let worker = try await fixture.pool.lease(fixture.setup(1, batching: batching))
        let names = try [fixture.temporary(of: worker), fixture.output(of: worker)].flatMap(FileManager.default.contentsOfDirectory)
        await fixture.pool.release(worker)
        return names
    }

    @Test(arguments: BatchTests.choices, ["exit 0", "exit 1"])
    func nothingIsLeftOfADatum(_ choice: SandboxChoice, _ end: String) async throws {
        try await BatchFixture(choice).use { fixture async throws in
            let script = "ls $HOME > /pfs/out/found; echo x > $HOME/x; \(end)"
            let outcome = try await fixture.job(["a", "b"], script, batching: false)
            #expect(outcome.contents("found") == (end == "exit 0" ? ["", ""] : [nil, nil]))
            #expect(try await leftovers(fixture, batching: false) == [])
        }
    }

    @Test(arguments: BatchTests.choices) func nothingIsLeftOfAJobThatWasStopped(_ choice: SandboxChoice) async throws {
        try await BatchFixture(choice).use { fixture async throws in
            let job = Task { try await fixture.job(["a"], "echo x > /pfs/out/x; echo x > $HOME/x; sleep 1000", batching: false) }
            let written = fixture.root + "/scratch/worker-0/tmp/x"
            try await eventually { FileManager.default.fileExists(atPath: written) }
            job.cancel()
            await #expect(throws: CancellationError.self) { try await job.value }
            #expect(try await leftovers(fixture, batching: false) == [])
        }
    }

    /// A folder can be handed on, open, to a datum of another pipeline, which lives longer than its worker.
    @Test(arguments: BatchTests.choices) func whoHoldsAFolderOpenReachesNoLaterWorkersFiles(_ choice: SandboxChoice) async throws {
        try await BatchFixture(choice, countMax: 1).use { fixture async throws in
            let folders = [fixture.output, fixture.temporary, fixture.input]
            let first = try await fixture.pool.lease(fixture.setup(1))
            let held = folders.map { open($0(first), O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            defer { for descriptor in held { close(descriptor) } }
            try #require(held.allSatisfy { $0 >= 0 })
            await fixture.pool.release(first)
            let second = try await fixture.pool.lease(fixture.setup(1, of: PipelineName("other")))
            #expect(second.slot == first.slot)
            for (folder, descriptor) in zip(folders, held) {
                try write("secret", to: folder(second) + "/new")
                #expect(faccessat(descriptor, "new", F_OK, 0) != 0)
                let made = openat(descriptor, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
                #expect(made < 0)
                if made >= 0 { close(made) }
                var status = stat()
                try #require(stat(folder(second), &status) == 0)
                #expect(status.st_mode & 0o007 == 0)
            }
            await fixture.pool.release(second)
        }
    }

    @Test(arguments: BatchTests.choices) func ofAProcessThatLivesOnOnlyWhatIsItsOwn(_ choice: SandboxChoice) async throws {
        try await BatchFixture(choice).use { fixture async throws in
            let script = "echo x > $HOME/own; while \(BatchFixture.next); do echo x > /pfs/out/x; done"
            #expect(try await fixture.job(["a"], script).contents("x") == ["x\n"])
            #expect(try await leftovers(fixture, batching: true) == ["own"])
        }
    }
}
