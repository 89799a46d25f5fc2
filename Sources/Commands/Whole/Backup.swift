import ArgumentParser
import Foundation
import Model
import Operations

struct Backup: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the whole data root to a folder, as it is at one moment; repeated, only what is new.",
        discussion: manual(
            """
            Reading and writing go on meanwhile. What is copied is read again and compared with its checksums. The folder is on the machine \
            that has the data root; it holds everything, the token too, and is a good backup at any time, whatever stops the next one. A repo \
            that is damaged keeps no other from being copied: what can be read of it is copied, nothing that the folder has of it is removed, \
            and the command says which it is and fails.

            Examples:
              pach backup /mnt/backup/pach
              pach backup /mnt/backup/pach --verify-all
            """))

    @Argument(help: "An empty or new folder, or one with an earlier backup of this data root.", completion: .directory)
    var folder: String

    @Flag(help: "On the same file system, let packs be the same files: fast, but damage then hits both.")
    var link = false

    @Flag(help: "Also read again what earlier backups copied.")
    var verifyAll = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path
        let report = try await connection.engine.backUp(to: path, links: link, verifiesAll: verifyAll)
        try show(report, "backed up", output, session)
    }
}

struct Restore: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Fill an empty data root from a backup, all of it verified.",
        discussion: manual(
            """
            Example:
              pach restore /mnt/backup/pach --root ./repos
            """))

    @Argument(help: "The folder that 'pach backup' filled.", completion: .directory)
    var folder: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(in session: Session) async throws {
        let path = URL(fileURLWithPath: folder).standardizedFileURL.path
        let root = try session.ownRoot(global, createsRoot: true)
        let report = try await session.backend.restore(root, from: path, onWaiting: session.console.remark)
        try show(report, "restored", output, session)
    }
}

/// - Throws: where not all repos are whole in the copy.
private func show(_ report: BackupReport, _ done: String, _ output: OutputOptions, _ session: Session) throws {
    try output.print(report, session.console) { backupText(report, done) }
    for problem in report.problems { session.console.remark("Warning: \(visible(problem.problem))") }
    if !report.problems.isEmpty { throw ExitCode.failure }
}

private func backupText(_ report: BackupReport, _ done: String) -> String {
    "\(countText(report.repos, "repo")) \(done)" + (report.problems.isEmpty ? "" : ", of which \(report.problems.count) not whole")
        + ": \(countText(report.packsCopied, "pack")) copied, \(report.packsPresent) there already, \(byteText(report.bytesCopied)) written;"
        + " all that is new was verified\n"
}
