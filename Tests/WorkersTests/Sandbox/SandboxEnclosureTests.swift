import Foundation
import Glibc
import TestSupport
import Testing

@testable import Workers

/// What user code sees and can touch.
@Suite(.enabled(if: SandboxFixture.bubblewrap != nil, "bubblewrap is not installed"))
struct SandboxEnclosureTests {
    @Test func onlyOutAndTmpCanBeWritten() async throws {
        let code = SandboxFixture.newFolder()
        defer { rmdir(code) }
        try await SandboxFixture(inputs: ["in", ".previous"], code: code).use { sandbox async throws in
            try write("old", to: sandbox.folders.input("in") + "/old")
            let places = [
                "/", "/usr", "/etc", "/opt", "/dev", "/proc", "/proc/1", "/run", "/run/pach", "/pfs", "/pfs/in", "/pfs/.previous",
                "/code", "/var",
            ]
            for place in places {
                let attempt = try await sandbox.shell("touch \(place)/new")
                #expect(attempt.ending != .exited(code: 0), "\(place) can be written")
            }
            let attempts = [
                "echo new > /pfs/in/old", "rm /pfs/in/old", "mv /pfs/in /pfs/other", "ln /pfs/in/old /pfs/out/x",
                "chmod 777 /pfs/in/old",
            ]
            for attempt in attempts {
                #expect(try await sandbox.shell(attempt).ending != .exited(code: 0), "\(attempt)")
            }
            let allowed = try await sandbox.shell("echo a > /pfs/out/a && echo b > /tmp/b && echo c > $HOME/c && cat /pfs/in/old")
            #expect(allowed.ending == .exited(code: 0))
            #expect(allowed.output == ["old"])
            #expect(SandboxFixture.text(of: sandbox.folders.output + "/a") == "a\n")
            #expect(SandboxFixture.text(of: sandbox.folders.temporary + "/c") == "c\n")
        }
    }

    @Test func mountsCannotBeChanged() async throws {
        try await SandboxFixture().use { sandbox async throws in
            let attempts = [
                "mount -o remount,rw /", "mount -o remount,rw,bind /usr", "mount -o remount,rw,bind /pfs/in", "umount /pfs/in",
                "mount -t tmpfs none /pfs",
                "unshare -Urm sh -c 'mount -o remount,rw,bind /pfs/in'", "unshare -Urm umount /pfs/in",
                "unshare -Urm sh -c 'mount -o remount,rw,bind /usr'", "unshare -Urm sh -c 'mount -o remount,rw,bind /'",
            ]
            for attempt in attempts {
                let transcript = try await sandbox.shell(attempt)
                #expect(transcript.ending != .exited(code: 0), "\(attempt)")
                #expect(transcript.ending != .exited(code: 127), "\(attempt) was not tried: \(transcript.errors)")
            }
        }
    }

    @Test func theDataRootIsOutOfReach() async throws {
        let fixture = try SandboxFixture()
        try await fixture.use { sandbox async throws in
            for path in ["", "/proc/1/root", "/proc/$PPID/root", "/proc/self/root"].map({ $0 + fixture.dataRoot }) {
                let attempt = try await sandbox.shell("cat \(path)/token || ls \(path)")
                #expect(attempt.ending != .exited(code: 0), "\(path)")
                #expect(!attempt.output.contains("secret"))
            }
            // Process 1 cannot be looked into, and nothing of the host's processes is there.
            let processes = try await sandbox.shell("ls /proc/1/fd /proc/1/root /proc/1/cwd; ls -d /proc/[0-9]* | wc -l")
            #expect(processes.errors.count == 3)
            #expect(processes.output.last.flatMap { Int($0) } ?? 99 <= 4)
            let homes = try await sandbox.shell("ls -d /root /home /work /srv /mnt /media /boot /sys/fs /var/lib /old_root")
            #expect(homes.output == [])
        }
    }

    @Test func aDataRootWithinAVisibleFolderIsMasked() async throws {
        // The host folder shown at /shown holds the data root.
        let base = SandboxFixture.newFolder()
        let bind = SandboxBind(source: base, destination: "/shown", access: .readOnly)
        try write("public\n", to: base + "/public")
        try await SandboxFixture(binds: [bind], base: base, dataRootIsClosed: false).use { sandbox async throws in
            let transcript = try await sandbox.shell("cat /shown/public; ls -A /shown/root; touch /shown/root/x")
            #expect(transcript.output == ["public"])
            #expect(transcript.ending != .exited(code: 0))
        }
    }

    @Test func aDataRootIsMaskedWhateverItsNameBeginsWith() async throws {
        try await withTemporaryFolder { base in
            // To a string, the slash is one character with the mark that combines with it.
            let name = "\u{301}root"
            let mounts = try mounts(in: base, showing: base, dataRoot: "\(base)/\(name)")
            #expect(mounts.arguments.contains("/shown/\(name)"))
        }
    }

    @Test func theDataRootItselfIsNeverShown() async throws {
        try await withTemporaryFolder { base in
            _ = #expect(throws: SandboxError.self) { try mounts(in: base, showing: "\(base)/root", dataRoot: "\(base)/root") }
        }
    }

    /// What a sandbox mounts that shows a folder at `/shown`.
    private func mounts(in base: String, showing folder: String, dataRoot: String) throws -> SandboxMounts {
        let bind = SandboxBind(source: folder, destination: "/shown", access: .readOnly)
        let fixture = try SandboxFixture(binds: [bind], base: base)
        return try SandboxMounts(
            SandboxConfiguration(
                method: .bubblewrap(executable: "/usr/bin/bwrap"), supervisor: SandboxFixture.supervisor, programs: nil,
                dataRoot: dataRoot, inputs: [], scratch: base, identity: nil, binds: [bind]),
            folders: fixture.sandbox.folders, paths: fixture.sandbox.paths)
    }

    @Test func userCodeHasNoRights() async throws {
        try await SandboxFixture().use { sandbox async throws in
            let status = try await sandbox.shell("cat /proc/self/status; readlink /proc/self/ns/user /proc/self/ns/pid /proc/self/ns/ipc")
            let facts = Dictionary(
                status.output.compactMap { line in
                    line.firstIndex(of: ":").map {
                        (String(line[..<$0]), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
                    }
                }, uniquingKeysWith: { first, _ in first })
            for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
                #expect(facts[set] == "0000000000000000", "\(set)")
            }
            #expect(facts["NoNewPrivs"] == "1")
            #expect(facts["Uid"]?.hasPrefix("0\t") == false)
            if geteuid() == 0 { #expect(facts["Groups"] == "") }
            for (line, space) in zip(status.output.suffix(3), ["user", "pid", "ipc"]) {
                #expect(line != (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(space)")))
            }
            // The kernel takes the signal, but process 1 does not get it.
            _ = try await sandbox.shell("kill -9 1; kill -STOP 1")
            for attempt in ["cat /etc/shadow", "chown 0 /tmp", "su -c true", "echo 1 > /proc/sys/kernel/panic"] {
                #expect(try await !sandbox.shell("\(attempt) && echo done").output.contains("done"), "\(attempt)")
                #expect(try await sandbox.shell("true").ending == .exited(code: 0))
            }
        }
    }

    @Test func whatProgramsExpectIsThere() async throws {
        try await SandboxFixture(code: "/usr/share").use { sandbox async throws in
            let transcript = try await sandbox.shell(
                """
                pwd; echo $HOME $USER; echo x > /dev/null; head -c 4 /dev/urandom | wc -c; echo x > /dev/shm/x; cat /dev/shm/x
                ls -d /dev/pts /proc/self /var/tmp /etc/passwd /sys/devices/system/cpu; echo ab | tee /dev/stderr | cat /dev/stdin
                """)
            #expect(transcript.errors == ["ab"])
            #expect(
                transcript.output == [
                    "/code", "/tmp pach", "4", "x", "/dev/pts", "/etc/passwd", "/proc/self", "/sys/devices/system/cpu", "/var/tmp", "ab",
                ])
        }
    }

    @Test func programsOfPachAreFirstInThePath() async throws {
        let folder = SandboxFixture.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try installProgram("#!/bin/sh\necho hello\n", at: folder + "/greet")
        try await SandboxFixture(programs: folder).use { sandbox async throws in
            #expect(try await sandbox.shell("greet").output == ["hello"])
            // As one does who installs a new version beside the engine.
            try installProgram("#!/bin/sh\necho well\n", at: folder + "/greet.new")
            #expect(rename(folder + "/greet.new", folder + "/greet") == 0)
            #expect(try await sandbox.shell("greet").output == ["well"])
            try installProgram("#!/bin/sh\necho hello\n", at: folder + "/greet")
            let command = SandboxCommand(arguments: ["greet"], environment: ["PATH": "/usr/bin"])
            #expect(try await sandbox.transcript(command).output == ["hello"])
            let path = try await sandbox.shell("echo ${PATH%%:*}").output
            #expect(path == ["/run/pach/bin"])  // Since /tmp is the sandbox's own.
        }
    }

    @Test func aFolderOfProgramsThatHoldsTheDataRootIsNotShownWhole() async throws {
        let base = "/var/tmp/pach-sandbox-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try installProgram("#!/bin/sh\necho hello\n", at: base + "/greet")
        try write("private", to: base + "/private")
        try await SandboxFixture(programs: base, base: base).use { sandbox async throws in
            let transcript = try await sandbox.shell("greet; ls -A ${PATH%%:*}")
            #expect(transcript.output == ["hello", "greet"])
        }
    }

    @Test func theNetworkCanBeTakenAway() async throws {
        try await SandboxFixture(network: false).use { sandbox async throws in
            let transcript = try await sandbox.shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")
            #expect(transcript.output == ["lo"])
        }
        let host = SandboxFixture.text(of: "/proc/net/dev").split(separator: "\n").count
        try await SandboxFixture().use { sandbox async throws in
            #expect(try await sandbox.shell("cat /proc/net/dev").output.count == host)
        }
    }

    @Test func otherThingsCanBeShown() async throws {
        let base = SandboxFixture.newFolder()
        let control = base + "/control"
        mkdir(control, 0o777)
        chmod(control, 0o777)
        let bind = SandboxBind(source: control, destination: "/run/pach/control", access: .readWrite)
        let fixture = try SandboxFixture(binds: [bind], base: base)
        try await fixture.use { sandbox async throws in
            #expect(sandbox.paths.path(of: bind) == "/run/pach/control")
            #expect(try await sandbox.shell("echo said > /run/pach/control/x").ending == .exited(code: 0))
            #expect(SandboxFixture.text(of: control + "/x") == "said\n")
        }
    }

    @Test func whatIsPutIntoAnInputAppearsInTheRunningSandbox() async throws {
        try await SandboxFixture(inputs: ["a", "ü b"]).use { sandbox async throws in
            for round in 1...3 {
                try sandbox.folders.empty()
                try write("\(round)\n", to: sandbox.folders.input("ü b") + "/file")
                #expect(try await sandbox.shell("cat '/pfs/ü b/file'").output == ["\(round)"])
            }
        }
    }

    @Test(arguments: ["out", "..", "a/b", ""]) func wrongInputNamesAreRefused(_ name: String) {
        #expect(throws: SandboxError.self) { try SandboxFixture(inputs: [name]) }
    }

    @Test func setUpFailuresSayWhy() async throws {
        let bind = SandboxBind(source: "/does/not/exist", destination: "/shown", access: .readOnly)
        let fixture = try SandboxFixture(binds: [bind])
        let error = await #expect(throws: SandboxError.self) { try await fixture.use { _ in } }
        #expect(error?.code == .setupFailed)
        #expect(error?.message.contains("/does/not/exist") == true)
    }

    @Test func bubblewrapIsDetected() async throws {
        let support = try await SandboxSupport.detect(supervisor: SandboxFixture.supervisor, folder: "/tmp")
        #expect(support.reason == nil)
        let missing = try await SandboxSupport.detect(supervisor: SandboxFixture.supervisor, folder: "/tmp", places: ["/no/bwrap"])
        #expect(missing.method == .plain)
        #expect(missing.reason?.contains("not installed") == true)
        let broken = try await SandboxSupport.detect(supervisor: SandboxFixture.supervisor, folder: "/tmp", places: ["/bin/false"])
        #expect(broken.method == .plain)
        #expect(broken.reason?.isEmpty == false)
    }
}
