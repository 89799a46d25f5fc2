import Foundation
import Testing

@testable import Selftest

/// strace(1): a second pair of eyes, and a hand that reaches calls within the C library too.
enum Strace {
    static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")

    static let calls: [(FileOperation.Kind, Set<String>)] = [
        (.write, ["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range"]),
        (.truncate, ["ftruncate", "truncate", "fallocate"]), (.sync, ["fsync", "fdatasync", "sync_file_range", "syncfs"]),
        (.rename, ["rename", "renameat", "renameat2"]), (.link, ["link", "linkat", "symlink", "symlinkat"]),
        (.makeFolder, ["mkdir", "mkdirat"]),
    ]

    /// Runs `pach` under strace and under the library.
    /// - Returns: the calls on paths below the data root, in order, that change something.
    static func run(_ words: [String], _ house: House) throws -> [String] {
        let plan = FaultPlan().environment(folder: house.data, record: house.record)
        let environment = ["-E", "LD_PRELOAD=\(Built.programs.library)"] + plan.flatMap { ["-E", "\($0.key)=\($0.value)"] }
        let names = calls.flatMap(\.1).sorted().joined(separator: ",")
        let (outcome, lines) = try trace(["-e", "trace=\(names)"] + environment, words, house)
        #expect(outcome.code == 0, "\(outcome.summary)")
        return lines.compactMap { line in
            // "123 pwrite64(5</root/…>, …" ; the end of a call that another thread's came between has a line of its own.
            // The library writes its record, which has all those paths in it.
            guard line.contains(house.data), !line.contains("\(house.record)>"), !line.contains(" resumed>"),
                let open = line.firstIndex(of: "(")
            else { return nil }
            return line[..<open].split(separator: " ").last.map(String.init)
        }
    }

    /// Runs `pach` and lets the `number`-th call of each thread fail that is made on exactly this path, or on a file that is open there.
    /// - Returns: how it ended; nil where there was no such call.
    static func run(_ words: [String], _ house: House, failing call: String, _ number: Int, on path: String) throws -> ProgramOutcome? {
        let fault = ["-P", path, "-e", "trace=\(call)", "-e", "inject=\(call):error=EIO:when=\(number)"]
        let (outcome, lines) = try trace(fault, words, house)
        return lines.contains { $0.hasSuffix("(INJECTED)") } ? outcome : nil
    }

    private static func trace(
        _ options: [String], _ words: [String], _ house: House
    ) throws -> (outcome: ProgramOutcome, lines: [Substring]) {
        let trace = "\(house.beside)/trace"
        let strace = ["strace", "-f", "-y", "-s", "4096", "-e", "signal=none", "-o", trace] + options
        let run = try ProgramRun(
            strace + [Built.programs.pach] + words,
            environment: ["PACH_ROOT": house.root, "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": house.beside], place: house.beside)
        let outcome = try run.wait()
        return (outcome, try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n"))
    }
}
