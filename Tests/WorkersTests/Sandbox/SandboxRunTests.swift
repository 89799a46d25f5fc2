import Foundation
import Glibc
import TestSupport
import Testing
import Threads

@testable import Workers

/// How programs start, talk and end; the same in an enclosed and in a plain sandbox.
@Suite struct SandboxRunTests {
    static let methods: [SandboxMethod] = [.plain] + (SandboxFixture.bubblewrap.map { [.bubblewrap(executable: $0)] } ?? [])

    private func use(_ method: SandboxMethod, _ body: (Sandbox) async throws -> Void) async throws {
        try await SandboxFixture(method: method, dataRootIsClosed: method != .plain).use(body)
    }

    /// A stream can be handed on, out of the sandbox.
    @Test(.timeLimit(.minutes(1))) func whoeverKeepsWritingToItsStreamDoesNotHoldARunOff() async throws {
        try await use(.plain) { sandbox async throws in
            let (lines, told) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingOldest(2))
            let run = Task {
                defer { told.finish() }
                let command = SandboxCommand(arguments: ["sh", "-c", "echo $$; exec sleep 1000"])
                return try await sandbox.run(command) { _, line in
                    told.yield(line)
                    // Slower than whoever writes, so that there is always more.
                    usleep(1000)
                }
            }
            var next = lines.makeAsyncIterator()
            let program = try #require(await next.next())
            let script = "timeout 300 yes \(String(repeating: "y", count: 4095)) > /proc/\(program)/fd/1; echo $?"
            let stranger = Task { try await blocking { try runProgram(["sh", "-c", script]).successful().text } }
            #expect(await next.next()?.first == "y")
            run.cancel()
            #expect(try await run.value.ending == .killed)
            // That its time was over would be 124.
            #expect(try await stranger.value != "124\n")
        }
    }

    @Test(arguments: methods) func exitCodesAndSignals(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            for code: Int32 in [0, 1, 77, 255] {
                #expect(try await sandbox.shell("exit \(code)").ending == .exited(code: code))
            }
            for signal in [SIGTERM, SIGKILL, SIGSEGV, SIGPIPE] {
                #expect(try await sandbox.shell("kill -\(signal) $$").ending == .signalled(signal: signal))
            }
            // Signals are as a program expects them, whatever the engine does with its own.
            let status = try await sandbox.shell(
                "grep -E 'SigBlk|SigIgn' /proc/self/status; cut -d' ' -f6 /proc/$$/stat; echo $$; umask")
            let sets = status.output.prefix(2).map { $0.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } }
            #expect(sets[0] == 0)
            // Signals 32 and 33 are the C library's own.
            #expect(sets[1].map { $0 & ~0x1_8000_0000 } == 0)
            #expect(status.output[2] == status.output[3])
            #expect(status.output.last == "0022")
        }
    }

    @Test(arguments: methods) func whatCannotBeStartedIsToldApart(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            func ending(_ arguments: [String], in folder: String? = nil, path: String? = nil) async throws -> SandboxResult.Ending {
                let environment = path.map { ["PATH": $0] } ?? [:]
                return try await sandbox.transcript(
                    SandboxCommand(arguments: arguments, environment: environment, workingDirectory: folder)
                ).ending
            }
            _ = try await sandbox.shell("cd $HOME; echo text > text; cp text bad; chmod +x bad; mkdir folder; exit 3")
            let home = sandbox.paths.temporary
            #expect(try await ending(["no-such-program"]) == .notExecutable(errno: ENOENT))
            #expect(try await ending([""]) == .notExecutable(errno: ENOENT))
            #expect(try await ending(["/no/such/program"]) == .notExecutable(errno: ENOENT))
            #expect(try await ending([home + "/text"]) == .notExecutable(errno: EACCES))
            #expect(try await ending(["text"], path: home) == .notExecutable(errno: EACCES))
            #expect(try await ending([home + "/folder"]) == .notExecutable(errno: EACCES))
            #expect(try await ending([home + "/bad"]) == .notExecutable(errno: ENOEXEC))
            #expect(try await ending(["true", String(repeating: "x", count: 1 << 20)]) == .notExecutable(errno: E2BIG))
            #expect(try await ending(["true", String(repeating: "x", count: 9 << 20)]) == .notExecutable(errno: E2BIG))
            #expect(try await ending(["true"], in: "/no/such/folder") == .noWorkingDirectory(errno: ENOENT))
            #expect(try await ending(["true"], path: "/nowhere:/usr/bin:/bin") == .exited(code: 0))
            // A program's own 127 is an exit code and nothing else.
            #expect(try await sandbox.shell("exit 127").ending == .exited(code: 127))
            await #expect(throws: SandboxError.self) { try await ending([]) }
            await #expect(throws: SandboxError.self) { try await ending(["a\0b"]) }
        }
    }

    @Test(arguments: methods) func manyArgumentsAndVariablesArrive(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let arguments = (0..<10_000).map { "argument \($0) äöü" }
            let variables = Dictionary(uniqueKeysWithValues: (0..<1000).map { ("V\($0)", String(repeating: "\($0)\n", count: 100)) })
            let counted = try await sandbox.transcript(
                SandboxCommand(arguments: ["sh", "-c", "echo $# \"$V999\" | wc -c", "sh"] + arguments, environment: variables))
            #expect(counted.output == [String("10000 \(variables["V999", default: ""])\n".utf8.count)])
        }
    }

    @Test(arguments: methods) func muchOutputIsNeitherLostNorBlocks(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let script = "seq 1 1000000 & seq 1 1000000 >&2; wait; printf 'no end'"
            let transcript = try await sandbox.shell(script)
            #expect(transcript.ending == .exited(code: 0))
            #expect(transcript.output.count == 1_000_001)
            #expect(transcript.output.last == "no end")
            #expect(transcript.errors.count == 1_000_000)
            #expect(transcript.errors.last == "1000000")
        }
    }

    @Test(arguments: methods) func outputOfAProgramThatEndsAtOnceIsComplete(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            for round in 0..<50 {
                #expect(try await sandbox.shell("echo \(round); echo e >&2").output == ["\(round)"])
            }
        }
    }

    @Test(arguments: methods) func standardInputMayBeReadOrNot(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let text = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
            #expect(try await sandbox.shell("wc -c", input: text).output == [String(text.count)])
            #expect(try await sandbox.shell("true", input: text).ending == .exited(code: 0))
            #expect(try await sandbox.shell("head -c 3", input: text).output == ["xxx"])
            #expect(try await sandbox.shell("cat", input: []).output == [])
            #expect(try await sandbox.shell("cat; cat", input: Array("one\ntwo\n".utf8)).output == ["one", "two"])
            // Nobody can change what another program of the run reads.
            #expect(try await sandbox.shell("echo x > /proc/self/fd/0", input: text).ending != .exited(code: 0))
        }
    }

    @Test(arguments: methods) func aTimeoutKillsEverything(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let transcript = try await sandbox.shell(
                "echo begun; trap '' TERM INT HUP; setsid sleep 1001 & (sleep 1002 &) ; sleep 1003", timeout: .seconds(3))
            #expect(transcript.ending == .timedOut)
            #expect(transcript.output == ["begun"])
            #expect(transcript.result.duration >= .seconds(3))
            #expect(transcript.result.duration < .seconds(60))
            #expect(try await sandbox.shell("true", timeout: .seconds(30)).ending == .exited(code: 0))
        }
    }

    @Test(arguments: methods) func cancellingTheTaskKills(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let task = await sandbox.begin("echo begun; sleep 1000")
            task.cancel()
            #expect(try await task.value.ending == .killed)
            // Cancelled before it began.
            let late = Task { () async throws -> SandboxResult.Ending in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await sandbox.shell("true").ending
            }
            #expect(try await late.value == .killed)
            #expect(try await sandbox.shell("echo on").output == ["on"])
        }
    }

    @Test(arguments: methods) func oneProgramAtATime(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            let task = await sandbox.begin("echo begun; sleep 1000")
            let error = await #expect(throws: SandboxError.self) { try await sandbox.shell("true") }
            #expect(error?.code == .busy)
            task.cancel()
            #expect(try await task.value.ending == .killed)
        }
    }

    @Test(arguments: methods) func whatARunUsedIsMeasured(_ method: SandboxMethod) async throws {
        try await use(method) { sandbox async throws in
            // Half of the work is done by a process that its parent does not wait for.
            let busy = "awk 'BEGIN { for (i = 0; i < 5000000; i++) x += i }'"
            let result = try await sandbox.shell("\(busy) & \(busy); sleep 1").result
            #expect(result.userTime > .milliseconds(100))
            #expect(result.peakMemory > 500_000 && result.peakMemory < 1 << 30)
            #expect(result.duration >= .seconds(1))
            let nothing = try await sandbox.shell("true").result
            #expect(nothing.userTime < .milliseconds(100))
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func workersDoNotReachEachOthersFolders() async throws {
        try await use(.plain) { first async throws in
            try await use(.plain) { second async throws in
                #expect(try await second.shell("ls \(second.folders.input("in"))").result.ending == .exited(code: 0))
                #expect(try await second.shell("ls \(first.folders.input("in"))").result.ending != .exited(code: 0))
            }
        }
    }

    @Test(arguments: methods) func aSandboxIsOnlyUsedWhileItIsStarted(_ method: SandboxMethod) async throws {
        let fixture = try SandboxFixture(method: method, dataRootIsClosed: false)
        let before = await #expect(throws: SandboxError.self) { try await fixture.sandbox.shell("true") }
        #expect(before?.code == .notStarted)
        try await fixture.use { sandbox async throws in
            try await sandbox.start()
            await sandbox.close()
            await sandbox.close()
            let after = await #expect(throws: SandboxError.self) { try await sandbox.shell("true") }
            #expect(after?.code == .notStarted)
            try await sandbox.start()
            #expect(try await sandbox.shell("echo again").output == ["again"])
        }
    }
}
