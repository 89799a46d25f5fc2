import ArgumentParser
import Model
import Operations

struct Fsck: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "fsck", abstract: "Check that all data is there and as it should be.",
        discussion: manual(
            """
            Fails where something is damaged, and says which files, commits and pipelines are hit. With --fix, indexes are written anew from \
            packs, damaged copies of objects go where sound ones are, refs are put where the database has them, and pipelines whose outputs \
            are hit process their datums again: run 'pach run', then check again. In repos with damage what nothing needs is removed, as \
            by 'pach gc'. With --publish, commits of the last moments become visible to other Git programs first.

            With --rebuild, the database of the data root is made anew from the Git repos alone, for when it is gone or damaged: repos, \
            branches, commits, provenance, pipelines, jobs and datums come back as they were published, and what could not is listed. The \
            old database is kept beside the new one. No server may be running.

            Examples:
              pach fsck --publish
              pach fsck --fix
              pach fsck --rebuild
            """))

    @Flag(help: "First move new objects to packs, and the refs.")
    var publish = false

    @Flag(name: .shortAndLong, help: "Repair what can be repaired; jobs that then wait make damaged outputs again.")
    var fix = false

    @Flag(help: "Make the database anew from the repos.")
    var rebuild = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func validate() throws {
        guard !rebuild || !(publish || fix) else { throw ValidationError("--rebuild goes alone; check afterwards.") }
    }

    func run(in session: Session) async throws {
        guard rebuild else { return try await withEngine(session) { try await run($0, in: session) } }
        let report = try await session.backend.rebuild(try session.ownRoot(global, createsRoot: false), onWaiting: session.console.remark)
        try output.print(report, session.console) {
            let counts = [
                countText(report.repos, "repo"), "\(report.branches) branch\(report.branches == 1 ? "" : "es")",
                countText(report.commits, "commit"), countText(report.pipelines, "pipeline"), countText(report.jobs, "job"),
            ]
            return report.losses.map { "lost: \(visible($0))\n" }.joined() + counts.joined(separator: ", ") + " brought back\n"
        }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        let report = try await connection.engine.fsck(publish: publish, fix: fix)
        try output.print(report, session.console) {
            let findings = report.findings.map { finding in
                let repo = finding.repo.map { "\($0): " } ?? ""
                let parts = [
                    ("commits", finding.commits.map(\.description)), ("files", finding.files.map { pathText($0) }),
                    ("pipelines", finding.pipelines.map(\.description)),
                ]
                return "\(finding.severity.rawValue): \(repo)\(visible(finding.message))\n"
                    + parts.filter { !$0.1.isEmpty }.map { "  \($0.0): \(visible($0.1.joined(separator: ", ")))\n" }.joined()
            }
            let damage = report.findings.count { $0.severity == .damage }
            let counts = [
                countText(report.reposChecked, "repo"), countText(report.commitsChecked, "commit"),
                countText(report.objectsChecked, "object"),
            ]
            return findings.joined() + counts.joined(separator: ", ") + " checked: "
                + (report.isClean ? "nothing is damaged\n" : "\(damage) damaged\n")
        }
        if !report.isClean { throw ExitCode.failure }
    }
}
