import ArgumentParser
import Foundation
import Model
import Selftest
import Synchronization

struct SelftestCommand: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Show that faults, crashes and power cuts lose nothing, on a scratch data root.",
        discussion: manual(
            """
            Runs this very program again and again, with failing file operations, stopped at some point, or on what a disk may hold after \
            a power cut; then opens the root and checks it. Your data is not touched. Needs git. Fails where anything was lost, half done or \
            unclear; the last line tells the totals.

            Examples:
              pach selftest --minutes 2
              pach selftest --exhaustive --only crash
            """))

    @Option(help: "Chooses what is tried; printed at the start. (default: random)")
    var seed: UInt64?

    @Option(help: "How long trials are begun, in minutes. (default: 5; with --exhaustive, until all were made)")
    var minutes: Double?

    @Flag(
        help: ArgumentHelp(
            "Make every trial that there is, once: each file operation failing in each way, once and for ever; a stop at each change; each power cut."
        ))
    var exhaustive = false

    @Option(
        help: ArgumentHelp("Only trials of this kind; may be repeated: \(Self.kinds).", valueName: "kind"),
        transform: { text in
            guard let kind = Selftest.Kind(rawValue: text) else { throw ValidationError("Kinds of trials are \(Self.kinds).") }
            return kind
        })
    var only: [Selftest.Kind] = []

    @Option(help: ArgumentHelp("Where to make the scratch root; in memory it is fastest.", valueName: "folder"), completion: .directory)
    var scratch: String?

    @Option(help: ArgumentHelp("Also write the totals of each command, as Markdown.", valueName: "file"), completion: .file())
    var table: String?

    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    private static let kinds = Selftest.Kind.allCases.map(\.rawValue).joined(separator: ", ")

    func validate() throws {
        if let minutes {
            guard minutes > 0, minutes.isFinite else { throw ValidationError("Give a number of minutes above zero.") }
        }
        if exhaustive, let endless = only.first(where: { !Selftest.Kind.countable.contains($0) }) {
            throw ValidationError("Of '\(endless.rawValue)' there are always more trials: leave out --exhaustive.")
        }
    }

    private var kindsToTry: [Selftest.Kind] {
        guard only.isEmpty else { return only }
        return exhaustive ? Selftest.Kind.countable : Selftest.Kind.allCases
    }

    /// A week is longer than all trials take.
    private var duration: Duration { .seconds((minutes ?? (exhaustive ? 7 * 24 * 60 : 5)) * 60) }

    func run(in session: Session) async throws {
        let program = try Self.program()
        let parent = scratch ?? (Self.isFolder("/dev/shm") ? "/dev/shm" : NSTemporaryDirectory())
        let selftest = Selftest(
            Selftest.Options(
                pach: program, library: try Self.library(beside: program), scratch: "\(parent)/pach-selftest-\(UUID().uuidString)",
                seed: seed ?? .random(in: 0...UInt64.max), duration: duration,
                workers: ProcessInfo.processInfo.activeProcessorCount, kinds: kindsToTry, isExhaustive: exhaustive))
        // An hour's totals are told also where somebody has seen enough.
        try await interruptible { try await run(selftest, session.console) }
    }

    private func run(_ selftest: Selftest, _ console: Console) async throws {
        let stop = Stop()
        // Its own thread: it does nothing but wait for other programs.
        let totals = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<SelftestTotals, any Error>) in
                Thread.detachNewThread { [say = console.remark] in
                    continuation.resume(
                        with: Result { try selftest.run(isStopped: { stop.isRequested.load(ordering: .relaxed) }, report: say) })
                }
            }
        } onCancel: {
            stop.isRequested.store(true, ordering: .relaxed)
        }
        if let table { try Data(totals.table.utf8).write(to: URL(fileURLWithPath: table)) }
        try console.writeResult("seed \(totals.seed): \(totals.summary)\n")
        if totals.failures > 0 { throw ExitCode.failure }
    }

    private final class Stop: Sendable {
        let isRequested = Atomic(false)
    }

    /// This program's own file (proc(5), `/proc/self/exe`).
    private static func program() throws -> String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            throw PachError(.io, "could not find the running program's file", cause: error.localizedDescription)
        }
    }

    /// Where it was built, or installed.
    private static func library(beside program: String) throws -> String {
        let folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        let places = ["libpachfaults.so", "../lib/pach/libpachfaults.so"].map { folder.appendingPathComponent($0).standardizedFileURL.path }
        guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw PachError(
                .notFound, "the library of faults is at none of \(places.map(quoted).joined(separator: ", "))",
                hint: "Build it with 'swift build --product pachfaults', or install pach with 'make install'.")
        }
        return found
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
