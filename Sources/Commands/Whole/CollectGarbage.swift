import ArgumentParser
import Model
import Operations

struct CollectGarbage: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Free the space of what nothing needs any more.",
        discussion: manual(
            """
            First it removes the commits that are beyond the retention of their repo. Then it frees what those, squashed and dropped \
            commits alone had, what uploads and jobs that were cut off left behind, and what indexes replaced. Reading and writing go on \
            meanwhile. A server does this by itself, hourly and after commits were removed, and writes a pack anew where a quarter of it \
            is in no use. Fails where something had to be left for later.

            Example:
              pach gc --dry-run
              pach gc
            """))

    @Flag(help: "Change nothing, and tell what would be freed.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(_ connection: Connection, in session: Session) async throws {
        let report = try await connection.engine.collectGarbage(dryRun: dryRun)
        try output.print(report, session.console) {
            let touched = report.repos.filter { $0.objectsRemoved > 0 || $0.packsBefore != $0.packsAfter || $0.problem != nil }
            var table = Table(["REPO", "KEPT", "REMOVED", "FREED", "PACKS", "PROBLEM"], .cut("PROBLEM", to: 0))
            for repo in touched {
                table.append([
                    Cell(repo.repo.description), Cell(String(repo.objectsKept)), Cell(String(repo.objectsRemoved)),
                    Cell(byteText(max(0, repo.bytesFreed))), Cell("\(repo.packsBefore) → \(repo.packsAfter)"),
                    Cell(repo.problem ?? "", .red),
                ])
            }
            let count = countText(report.repos.count, "repo")
            let freed = byteText(max(0, report.bytesFreed))
            let expired =
                report.expired.isEmpty
                ? ""
                : countText(report.expired.count, "commit") + " beyond the retention of a repo "
                    + (report.dryRun ? "would go\n" : "removed\n")
            return expired + (touched.isEmpty ? "" : session.text(table, global))
                + (report.dryRun ? "\(freed) of \(count) would be freed\n" : "\(freed) of \(count) freed\n")
        }
        if !report.isComplete { throw ExitCode.failure }
    }
}
