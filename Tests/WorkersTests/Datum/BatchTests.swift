import Foundation
import Glibc
import Model
import Testing

@testable import Workers

/// One user process that takes many datums, with and without a sandbox.
@Suite struct BatchTests {
    static let choices: [SandboxChoice] = [.none] + (SandboxFixture.bubblewrap == nil ? [] : [.bubblewrap])
    private static let next = BatchFixture.next

    /// Says which process it is, and doubles its input.
    private static let double = """
        echo begun
        while \(next); do
            . /pfs/.env
            cat "$in" "$in" > /pfs/out/doubled
            echo $$ > /pfs/out/process
            echo "doubled $(cat "$in")"
        done
        """

    private func use(_ choice: SandboxChoice, _ body: (BatchFixture) async throws -> Void) async throws {
        try await BatchFixture(choice).use(body)
    }

    @Test(arguments: choices) func oneProcessTakesTheDatumsOfManyJobs(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let first = try await fixture.job(["a", "b", "c"], Self.double)
            #expect(first.states == [.success, .success, .success])
            #expect(first.results.map(\.tries) == [1, 1, 1])
            #expect(first.contents("doubled") == ["aa", "bb", "cc"])
            #expect(Set(first.contents("process")).count == 1)
            #expect((0...2).map { first.lines(of: $0) } == [["doubled a"], ["doubled b"], ["doubled c"]])
            #expect(first.lines(of: nil) == ["begun"])
            #expect(first.results.allSatisfy { $0.stats.uploadBytes > 0 && $0.stats.processSeconds > 0 })

            let second = try await fixture.job(["d"], Self.double)
            #expect(second.contents("doubled") == ["dd"])
            #expect(second.contents("process")[0] == first.contents("process")[0])
            #expect(second.lines(of: 0) == ["doubled d"])
            #expect(second.lines(of: nil) == [])
            #expect(second.log.allSatisfy { $0.jobID != first.log.first?.jobID })
        }
    }

    @Test(arguments: choices) func aProcessSeesItsDatumInTheFileAndTheLastingInItsEnvironment(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                env | grep -E '^(P|A)' | cut -d= -f1 | grep -v ^PWD | sort > $HOME/lasting
                while \(Self.next); do
                    cp $HOME/lasting /pfs/out/lasting
                    . /pfs/.env
                    cut -d= -f1 /pfs/.env > /pfs/out/names
                    echo "$PACH_DATUM_ID $A" > /pfs/out/values
                    ls -a /pfs/in /pfs/out > /pfs/out/listing
                done
                """
            let outcome = try await fixture.job(["a", "b"], script, env: ["A": "it's $0"])
            #expect(outcome.contents("lasting").allSatisfy { $0 == "A\nPACH_NEXT_SOCKET\nPATH\nPPS_PIPELINE_NAME\nPPS_SPEC_COMMIT\n" })
            let names = "PACH_DATUM_ID\nPACH_JOB_ID\nPACH_OUTPUT_COMMIT_ID\nin\nin_COMMIT\n"
            #expect(outcome.contents("names").allSatisfy { $0 == names })
            #expect(outcome.contents("values") == outcome.ids.map { "\($0) it's $0\n" })
            // /tmp stays, the inputs and outputs of the datum before do not.
            #expect(outcome.contents("listing")[1]?.contains("file-0") == false)
            #expect(outcome.contents("listing")[1]?.contains("file-1") == true)
            #expect(outcome.contents("listing")[1]?.contains("listing") == true)
        }
    }

    @Test(arguments: choices) func whatTheSpecSaysOfTheEnvironmentKeepsNoDatumFromTheProcess(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env
                    echo "$PATH $PACH_JOB_ID" > /pfs/out/values
                done
                """
            let env = ["PATH": "/usr/bin:/bin", "PACH_NEXT_SOCKET": "/nowhere", "PACH_JOB_ID": "mine"]
            let outcome = try await fixture.job(["a", "b", "c"], script, env: env)
            #expect(outcome.states == [.success, .success, .success])
            // The programs beside pach come first, and what is the engine's is as it has it.
            #expect(outcome.contents("values").allSatisfy { $0?.contains(":/usr/bin:/bin ") == true && $0?.contains("mine") == false })
        }
    }

    @Test(arguments: choices) func wordsWithoutALineFeedBelongToTheirDatum(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let outcome = try await fixture.job(["a", "b"], "while \(Self.next); do . /pfs/.env; printf %s $(cat $in); done")
            #expect([0, 1, nil].map { outcome.lines(of: $0) } == [["a"], ["b"], []])
        }
    }

    @Test(arguments: choices) func anErrorIsAFailedAttempt(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            // "b" fails once, "c" each time; both leave something behind.
            let script = """
                error=
                while \(Self.next) $error; do
                    . /pfs/.env; error=
                    ls /pfs/out > $HOME/found; echo $$ > /pfs/out/process; mv $HOME/found /pfs/out/found
                    case $(cat $in) in
                    b) [ -e $HOME/once ] || error="error not yet"; touch $HOME/once ;;
                    c) error="error never" ;;
                    esac
                done
                """
            let outcome = try await fixture.job(["a", "b", "c", "d"], script, tries: 3)
            #expect(outcome.states == [.success, .success, .failed, .success])
            #expect(outcome.results.map(\.tries) == [1, 2, 3, 1])
            #expect(outcome.results[2].reason == "'sh' reported an error: never")
            #expect(outcome.results[2].outputs.isEmpty)
            #expect(Set([0, 1, 3].map { outcome.contents("process")[$0] }).count == 1)
            #expect([0, 1, 3].allSatisfy { outcome.contents("found")[$0] == "" })
            #expect(outcome.log.filter { $0.source == .master }.count == 4)
        }
    }

    @Test(arguments: choices) func aProcessThatEndsIsReplaced(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env
                    echo $$ > /pfs/out/process
                    [ "$(cat $in)" != x ] || exit 3
                    [ "$(cat $in)" != y ] || kill -9 $$
                done
                """
            let outcome = try await fixture.job(["a", "x", "b", "y", "c"], script)
            #expect(outcome.states == [.success, .failed, .success, .failed, .success])
            #expect(outcome.results[1].reason == "'sh' exited with code 3 before it asked for the next datum")
            #expect(outcome.results[3].reason == "'sh' was ended by signal 9 before it asked for the next datum")
            #expect(Set([0, 2, 4].map { outcome.contents("process")[$0] }).count == 3)

            let never = try await fixture.job(["a"], "echo trouble >&2", version: 2)
            #expect(never.results[0].reason == "'sh' exited with code 0 before it asked for the next datum: trouble")
            #expect(never.results[0].tries == 2)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: choices)
    func aProcessThatEndsWhileItWaitsIsMissedByNobody(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env; echo $$ > /pfs/out/process
                    [ -e $HOME/go ] || (until [ -e $HOME/go ]; do sleep 0.05; done; kill -9 $$) &
                done
                """
            let first = try await fixture.job(["a"], script)
            let worker = try await fixture.pool.lease(fixture.setup(1))
            #expect(worker.holdsProcess)
            try write("", to: fixture.temporary(of: worker) + "/go")
            try await eventually { !worker.holdsProcess }
            await fixture.pool.release(worker)
            let second = try await fixture.job(["a"], script)
            #expect(second.states == [.success])
            #expect(second.results[0].tries == 1)
            #expect(second.contents("process") != first.contents("process"))
        }
    }

    @Test(arguments: choices) func aProcessHasALimitedTimeForEachDatum(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env; echo $$ > /pfs/out/process
                    [ "$(cat $in)" != slow ] || sleep 1000
                done
                """
            let outcome = try await fixture.job(["a", "slow", "b", "c"], script, tries: 1, timeout: .seconds(8))
            #expect(outcome.states == [.success, .failed, .success, .success])
            #expect(outcome.results[1].reason == "'sh' was killed because its time was over")
            #expect(outcome.contents("process")[2] == outcome.contents("process")[3])
            // Also for its start.
            let stuck = try await fixture.job(["a"], "sleep 1000", tries: 1, timeout: .milliseconds(300), version: 2)
            #expect(stuck.results[0].reason == "'sh' was killed because its time was over")
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: choices)
    func stoppingTheJobKillsTheProcess(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let mark = "100\(UInt32.random(in: 1_000_000...9_999_999))"
            let script = "while \(Self.next); do . /pfs/.env; [ $(cat $in) != slow ] || sleep \(mark); echo $$ > /pfs/out/process; done"
            let task = Task { try await fixture.job(["a", "slow"], script) }
            try await eventually { Self.runs("sleep\0\(mark)") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(!Self.runs(mark))
            // The worker goes on.
            #expect(try await fixture.job(["b"], script).states == [.success])
        }
    }

    @Test(arguments: choices) func closingKillsTheProcessThatWaits(_ choice: SandboxChoice) async throws {
        let mark = "mark-\(UUID().uuidString)"
        try await use(choice) { fixture async throws in
            let job = try await fixture.job(["a"], ": \(mark); while \(Self.next); do :; done")
            #expect(job.states == [.success])
            #expect(Self.runs(mark))
            await fixture.pool.close()
            #expect(!Self.runs(mark))
        }
    }

    @Test(arguments: choices) func ofTwoWorkersTheOneWhoseProcessWaitsIsTaken(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            #expect(try await fixture.job(["a"], Self.double).states == [.success])
            let warm = try await fixture.pool.lease(fixture.setup(1))
            let cold = try await fixture.pool.lease(fixture.setup(1))
            #expect(warm.holdsProcess && !cold.holdsProcess)
            await fixture.pool.release(warm)
            await fixture.pool.release(cold)
            #expect(try await fixture.pool.lease(fixture.setup(1)) === warm)
            #expect(try await fixture.pool.lease(fixture.setup(1)) === cold)
            await fixture.pool.release(warm)
            await fixture.pool.release(cold)
        }
    }

    @Test(arguments: choices) func whatCannotBeTakenInFailsTheDatumAlone(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env
                    case $(cat $in) in
                    pipe) mkfifo /pfs/out/x ;;
                    link) ln -s /etc/passwd /pfs/out/x ;;
                    *) echo $$ > /pfs/out/process ;;
                    esac
                done
                """
            let outcome = try await fixture.job(["a", "pipe", "link", "b"], script)
            #expect(outcome.states == [.success, .failed, .failed, .success])
            #expect(outcome.contents("process")[0] == outcome.contents("process")[3])
        }
    }

    // MARK: Hostile clients

    @Test(arguments: choices) func nonsenseFailsTheDatumAndEndsTheProcess(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let script = """
                while \(Self.next); do
                    . /pfs/.env
                    case $(cat $in) in
                    nonsense) \(Self.next) to nothing; sleep 1000 ;;
                    flood) SupervisorFixture flood; sleep 1000 ;;
                    long) \(Self.next) error $(head -c 100000 /dev/zero | tr '\\0' x) ;;
                    esac
                done
                """
            let outcome = try await fixture.job(["a", "nonsense", "flood", "long", "b"], script)
            #expect(outcome.states == [.success, .failed, .failed, .success, .success])
            #expect(outcome.results[1].reason == "'sh' did not keep to the protocol of 'pach next datum'")
            #expect(outcome.results[2].reason == "'sh' asked for datums 101 times without taking one")
        }
    }

    @Test(arguments: choices) func whoAsksAndLeavesLosesNothing(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            // The first datum is asked for by some who are not there to hear of it, as if killed, and then by one who is.
            let script = """
                SupervisorFixture leave
                SupervisorFixture ignore
                SupervisorFixture leave
                while \(Self.next); do . /pfs/.env; cp $in /pfs/out/copy; done
                """
            let outcome = try await fixture.job(["a", "b"], script)
            #expect(outcome.states == [.success, .success])
            #expect(outcome.contents("copy") == ["a", "b"])
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: choices)
    func whatWritesWithoutEndIsStopped(_ choice: SandboxChoice) async throws {
        try await use(choice) { fixture async throws in
            let mark = "100\(UInt32.random(in: 1_000_000...9_999_999))"
            let script = """
                while \(Self.next); do
                    sleep \(mark) &
                    (while :; do echo x > /pfs/out/$RANDOM$(date +%N) ; done) &
                done
                """
            let task = Task { try await fixture.job(["a", "b", "c"], script) }
            try await eventually { Self.runs("sleep\0\(mark)") }
            task.cancel()
            _ = await task.result
            #expect(try await fixture.job(["b"], Self.double, version: 2).states == [.success])
        }
    }

    @Test(.enabled(if: SandboxFixture.bubblewrap != nil)) func theDataRootsPathMayBeLong() async throws {
        let fixture = try BatchFixture(.bubblewrap, folder: "/" + String(repeating: "x", count: 200))
        try await fixture.use { fixture async throws in
            #expect(try await fixture.job(["a"], Self.double).contents("doubled") == ["aa"])
        }
    }

    @Test(.enabled(if: SandboxFixture.bubblewrap != nil)) func whatTheEngineWritesIsReadOnly() async throws {
        try await use(.bubblewrap) { fixture async throws in
            let script = """
                while \(Self.next); do
                    (echo x >> /pfs/.env; rm -f /pfs/.env $PACH_NEXT_SOCKET; touch $(dirname $PACH_NEXT_SOCKET)/x) 2> /pfs/out/errors
                done
                """
            let outcome = try await fixture.job(["a", "b"], script)
            #expect(outcome.states == [.success, .success])
            #expect(outcome.contents("errors")[1]?.split(separator: "\n").count == 4)
        }
    }

    /// Whether a process has this in its command line.
    private static func runs(_ text: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).contains { $0 != getpid() && SandboxFixture.text(of: "/proc/\($0)/cmdline").contains(text) }
    }
}
