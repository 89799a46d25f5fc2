import Foundation
import Glibc
import TestSupport
import Testing

@testable import Workers

/// Nothing of a run is left, however it ends, and nothing of a sandbox when the engine is gone.
@Suite struct SandboxSweepTests {
    static let methods = SandboxRunTests.methods

    private func use(_ method: SandboxMethod, _ body: (Sandbox, SandboxFixture) async throws -> Void) async throws {
        let fixture = try SandboxFixture(method: method, dataRootIsClosed: method != .plain)
        try await fixture.use { try await body($0, fixture) }
    }

    @Test(arguments: methods) func processesLeftBehindAreGone(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox, _ async throws in
            let mark = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
            let begun = try await sandbox.shell(
                """
                (setsid sh -c 'sleep \(mark) & setsid sleep \(mark) & exec >/dev/null 2>&1; trap "" TERM; sleep \(mark)' &)
                nohup sleep \(mark) & (sleep \(mark) &) ; sleep 0.1; echo done
                """)
            // They hold standard output open, and still the run ends when its program does.
            #expect(begun.ending == .exited(code: 0))
            #expect(begun.output.last == "done")
            #expect(begun.result.duration < .seconds(30))
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            #expect(!processes.contains { SandboxFixture.text(of: "/proc/\($0)/cmdline").contains(mark) })
        }
    }

    @Test(arguments: methods) func aForkBombEnds(_ method: SandboxMethod) async throws {
        // Plain, the kernel offers nothing that would catch all of a bomb at once.
        guard method != .plain else { return }
        try await use(method) { sandbox, _ async throws in
            // Bounded, for the sake of the machine: 2^8 processes that each begin anew.
            let transcript = try await sandbox.shell(
                """
                bomb() { if [ $1 -gt 0 ]; then bomb $(($1 - 1)) & bomb $(($1 - 1)) & fi; sleep 1000; }
                bomb 7 & sleep 0.5
                """)
            #expect(transcript.ending == .exited(code: 0))
            #expect(try await sandbox.shell("ls -d /proc/[0-9]* | wc -l").output.first.flatMap { Int($0) } ?? 99 <= 4)
        }
    }

    @Test(arguments: methods) func aSandboxHoldsOnlySoManyProcessesAndHindersNoOther(_ method: SandboxMethod) async throws {
        // Plain, an ordinary user's programs count together with all that this user has.
        guard method != .plain || geteuid() == 0 else { return }
        try await use(method) { full, _ async throws in
            try await use(method) { other, _ async throws in
                let task = await full.begin(
                    """
                    mkfifo $HOME/never
                    (i=0; while [ $i -lt 1100 ]; do sleep 1000 & i=$((i + 1)); done; echo all of them) 2> /dev/null || echo no more
                    read line < $HOME/never
                    """)
                #expect(try await other.shell("true; echo on").output == ["on"])
                task.cancel()
                let transcript = try await task.value
                #expect(transcript.ending == .killed)
                #expect(transcript.output == ["no more"])
            }
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root's programs run as another user"))
    func programsOfTheEnginesUserLeaveItSomeProcesses() async throws {
        try await use(.plain) { sandbox, _ async throws in
            let script = "awk '/^Max processes/ { print $3 }' /proc/self/limits"
            let own = try #require(try runProgram(["sh", "-c", script]).successful().text.split(separator: "\n").first)
            let left = try await sandbox.shell(script).output
            #expect(left == [Int(own).map { String($0 - $0 / 4) } ?? String(own)])
        }
    }

    @Test(.enabled(if: SandboxFixture.bubblewrap != nil)) func sharedMemoryAndQueuesAreGone() async throws {
        try await SandboxFixture().use { sandbox async throws in
            let made = try await sandbox.shell(
                """
                echo x > /dev/shm/x; mkdir -m 0 /dev/shm/y; ipcmk -M 4096 -Q -S 2 && ipcs | grep -c 0x
                touch /dev/mqueue/q; ls /dev/mqueue
                """)
            #expect(made.output.suffix(2) == ["3", "q"])
            let left = try await sandbox.shell("ls -A /dev/shm /dev/mqueue; ipcs | grep -c 0x")
            #expect(left.output == ["/dev/mqueue:", "", "/dev/shm:", "0"])
        }
    }

    /// They would hold for every later datum.
    @Test(
        .enabled(if: SandboxFixture.bubblewrap != nil),
        arguments: ["prlimit --pid 1 --fsize=4096", "prlimit --pid 1 --nofile=64", "renice -n 19 -p 1", "taskset -p -c 0 1"])
    func whatARunMakesOfProcessOneEndsTheSandbox(_ change: String) async throws {
        try await SandboxFixture().use { sandbox async throws in
            let facts = "ulimit -a; nice; taskset -p $$ | cut -d: -f2"
            let before = try await sandbox.shell(facts).output
            let error = await #expect(throws: SandboxError.self) { try await sandbox.shell("\(change); echo changed") }
            #expect(error?.code == .sandboxLost)
            try await sandbox.start()
            #expect(try await sandbox.shell(facts).output == before)
        }
    }

    /// Of the session and of the user.
    @Test(.enabled(if: SandboxFixture.bubblewrap != nil && access("/usr/bin/perl", X_OK) == 0), arguments: [-3, -4])
    func keysAreGone(_ keyring: Int) async throws {
        #if arch(x86_64)
            let (addKey, keyctl) = (248, 250)
        #else
            let (addKey, keyctl) = (217, 219)
        #endif
        try await SandboxFixture().use { sandbox async throws in
            let add = "my ($type, $name, $value) = (\"user\", \"left\", \"x\"); syscall(\(addKey), $type, $name, $value, 1, \(keyring));"
            // KEYCTL_READ: of a keyring, the ids of its keys.
            let count = "print syscall(\(keyctl), 11, \(keyring), 0, 0) / 4, \"\\n\";"
            #expect(try await sandbox.shell("perl -e '\(count) \(add) \(count)'").output == ["0", "1"])
            #expect(try await sandbox.shell("perl -e '\(count)'").output == ["0"])
        }
    }

    @Test(arguments: methods) func foldersAreEmptyAfterEmptying(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox, _ async throws in
            let out = sandbox.paths.output
            let script = """
                mkdir -p $HOME/.hidden/deep $HOME/closed/in; touch $HOME/closed/in/x $HOME/.x; chmod 0 $HOME/closed
                mkdir \(out)/folder; ln -s / \(out)/root; ln -s $HOME/.x \(out)/folder/link; mkfifo \(out)/pipe
                chmod 0 \(out) $HOME
                """
            #expect(try await sandbox.shell(script).ending == .exited(code: 0))
            try sandbox.folders.empty()
            for folder in [out, sandbox.paths.temporary] {
                #expect(try await sandbox.shell("ls -A \(folder)").output == [])
                #expect(try await sandbox.shell("touch \(folder)/y && ls -A \(folder)").output == ["y"])
            }
        }
    }

    @Test(arguments: methods) func aKilledSupervisorIsALostSandbox(_ method: SandboxMethod) async throws {
        // As an ordinary user, programs of a plain sandbox could do so themselves; here it is done from outside.
        guard method != .plain else { return }
        try await use(method) { sandbox, fixture async throws in
            let task = await sandbox.begin("echo begun; sleep 1000")
            kill(try #require(fixture.supervisorProcess), SIGKILL)
            let error = await #expect(throws: SandboxError.self) { try await task.value }
            #expect(error?.code == .sandboxLost)
            #expect(fixture.outerProcesses == [])
            // Killed while idle, it is noticed by the next run.
            try await sandbox.start()
            #expect(try await sandbox.shell("echo again").output == ["again"])
            kill(try #require(fixture.supervisorProcess), SIGKILL)
            let idle = await #expect(throws: SandboxError.self) { try await sandbox.shell("true") }
            #expect(idle?.code == .sandboxLost)
            try await sandbox.start()
            #expect(try await sandbox.shell("echo again").output == ["again"])
        }
    }

    @Test(arguments: methods) func closingEndsARunningProgram(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox, _ async throws in
            let mark = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
            let task = await sandbox.begin("(setsid sleep \(mark) &); echo begun; sleep \(mark)")
            await sandbox.close()
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            #expect(!processes.contains { SandboxFixture.text(of: "/proc/\($0)/cmdline").contains(mark) })
            let error = await #expect(throws: SandboxError.self) { try await task.value }
            #expect(error?.code == .sandboxLost)
        }
    }

    @Test(.enabled(if: SandboxFixture.bubblewrap != nil), .timeLimit(.minutes(2)))
    func theEndOfTheEngineIsTheEndOfTheSandbox() async throws {
        let fixture = try SandboxFixture()
        try await fixture.use { sandbox async throws in
            let mark = "1000.\(UInt32.random(in: 1_000_000...9_999_999))"
            let task = await sandbox.begin("(setsid sleep \(mark) &); echo begun; sleep \(mark)")
            let supervisor = try #require(fixture.supervisorProcess)
            // What the kernel does to the socket of an engine that is gone.
            shutdown(try #require(Self.control(of: sandbox)), Int32(SHUT_RDWR))
            try await eventually {
                SandboxFixture.text(of: "/proc/\(supervisor)/cmdline") == "" && fixture.outerProcesses == []
            }
            _ = await #expect(throws: SandboxError.self) { try await task.value }
        }
    }

    private static func control(of sandbox: Sandbox) -> Int32? {
        sandbox.link?.control
    }

    /// A sandbox that waits does nothing: no process of it is ever scheduled.
    @Test(.enabled(if: SandboxFixture.bubblewrap != nil), .timeLimit(.minutes(2))) func aWarmSandboxSleeps() async throws {
        let fixture = try SandboxFixture()
        try await fixture.use { sandbox async throws in
            _ = try await sandbox.shell("true")
            let processes = fixture.outerProcesses + [try #require(fixture.supervisorProcess)]
            /// How often each went to sleep, and whether it sleeps. (On a busy machine they may still be on their way from what they did last.)
            func status(_ key: String) -> [Substring] {
                processes.flatMap { process in
                    SandboxFixture.text(of: "/proc/\(process)/status").split(separator: "\n").filter { $0.hasPrefix(key) }
                }
            }
            try await eventually { status("State:").allSatisfy { $0.contains("sleeping") } }
            let before = status("voluntary_ctxt_switches")
            try await Task.sleep(for: .milliseconds(700))
            #expect(status("voluntary_ctxt_switches") == before)
            #expect(before.count == processes.count)
        }
    }
}
