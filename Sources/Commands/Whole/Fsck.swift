import ArgumentParser
import Model
import Operations

struct Fsck: EngineCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that all data is there and as it should be.",
        discussion: manual(
            """
            Fails where something is damaged. With --publish, commits of the last moments become visible to other Git programs first.

            With --rebuild, the database of the data root is made anew from the Git repos alone, for when it is gone or damaged: repos, \
            branches, commits, provenance, pipelines, jobs and datums come back as they were published, and what could not is listed. The \
            old database is kept beside the new one. No server may be running.

            Examples:
              pach fsck --publish
              pach fsck --rebuild
            """))

    @Flag(help: "First move new objects to packs, and the refs.")
    var publish = false

    @Flag(help: "Make the database anew from the repos.")
    var rebuild = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func validate() throws {
        guard !rebuild || !publish else {
            throw ValidationError("--rebuild excludes --publish: what the database had not published is what it cannot bring back.")
        }
    }

    func run(in session: Session) async throws {
        guard rebuild else { return try await withEngine(session) { try await run($0, in: session) } }
        let report = try await session.backend.rebuild(try session.openOptions(global, sandbox: nil), onWaiting: session.say)
        try output.print(report, session.console) {
            report.losses.map { "lost: \(visible($0))\n" }.joined()
                + "\(report.repos) repos, \(report.branches) branches, \(report.commits) commits, \(report.pipelines) pipelines, \(report.jobs) jobs brought back\n"
        }
    }

    func run(_ connection: Connection, in session: Session) async throws {
        let report = try await connection.engine.fsck(publish: publish)
        try output.print(report, session.console) {
            let findings = report.findings.map { finding in
                let repo = finding.repo.map { "\($0): " } ?? ""
                return "\(finding.severity.rawValue): \(repo)\(visible(finding.message))\n"
            }
            let damage = report.findings.count { $0.severity == .damage }
            return findings.joined()
                + "\(report.reposChecked) repos, \(report.commitsChecked) commits, \(report.objectsChecked) objects checked: "
                + (report.isClean ? "nothing is damaged\n" : "\(damage) damaged\n")
        }
        if !report.isClean { throw ExitCode.failure }
    }
}
