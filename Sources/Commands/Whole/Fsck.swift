import ArgumentParser
import Model
import Operations

struct Fsck: EngineCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that all data is there and as it should be.",
        discussion: manual(
            """
            Fails where something is damaged. With --publish, commits of the last moments become visible to other Git programs first.

            Example:
              pach fsck --publish
            """))

    @Flag(help: "First move new objects to packs, and the refs.")
    var publish = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

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
