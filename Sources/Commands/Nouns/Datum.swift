import ArgumentParser
import Model
import Operations

struct ListDatum: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "datum", abstract: "List the datums of a job.",
        discussion: manual("Examples:\n  pach list datum train@master\n  pach list datum train@5f93d03b65fa421996185e53f7f8b1e4"),
        aliases: ["datums"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head.", completion: .job)
    var job: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        let job = try parsing(JobReference(job))
        let datums = try await connection.engine.listDatums(job.pipeline, job.id(in: connection.engine))
        try output.print(datums, session.console) {
            let whole = table(of: datums, id: { $0.description }, file: { "\($0.commit):\(pathText($0.path))" })
            guard let columns = session.console.outputColumns, !whole.fits(columns) else { return session.text(whole, global) }
            let digits = digitsToTellApart(datums.map(\.datum.id))
            // All are of one job, so a repo has one commit in them.
            let short = table(
                of: datums, id: { String($0.description.prefix(digits)) }, file: { "\($0.commit.branch.repo):\(pathText($0.path))" })
            return session.text(short, global)
        }
    }

    private func table(of datums: [DatumInfo], id: (Digest) -> String, file: (FileInfo.Link) -> String) -> Table {
        var table = Table(["ID", "FILES", "STATUS", "TIME"], .cut("FILES", to: 20), .drop("TIME"))
        for info in datums {
            table.append([
                Cell(id(info.datum.id)), Cell(info.data.map { file($0.file) }.joined(separator: ", ")),
                Cell(info.state.word, info.state.color),
                Cell(info.state == .success || info.state == .recovered || info.state == .failed ? info.stats.totalText : "-"),
            ])
        }
        return table
    }
}

extension ProcessStatistics {
    fileprivate var totalText: String { durationText(seconds: downloadSeconds + processSeconds + uploadSeconds) }
}

struct InspectDatum: EngineCommand {
    static let configuration = CommandConfiguration(
        commandName: "datum", abstract: "Tell all of a datum: what it holds, what became of it, and why it failed or was skipped.",
        discussion: manual(
            """
            The ids stand in the table of 'pach list datum'.

            Example:
              pach inspect datum train@5f93d03b65fa421996185e53f7f8b1e4 $DATUM
            """),
        aliases: ["datums"])

    @Argument(help: "The job: pipeline@id, or pipeline@branch for that of its head.", completion: .job)
    var job: String

    @Argument(help: "The datum's id, or its first digits.")
    var datum: String

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    var subject: Subject? { .pipeline(of: job) }

    func run(_ connection: Connection, in session: Session) async throws {
        let job = try parsing(JobReference(job))
        let id = try await job.id(in: connection.engine)
        let info = try await connection.engine.inspectDatum(
            job.pipeline, id, datum: datumID(datum, of: JobLink(pipeline: job.pipeline, id: id), in: connection.engine))
        try output.print(info, session.console) {
            var fields = Fields()
            fields.add("ID", info.datum.id.description)
            fields.add("Job ID", info.datum.job.id.description)
            fields.add("State", info.state.word)
            fields.add("Reason", info.reason)
            fields.add("Processed By", info.processedBy?.description)
            fields.add("Tries", info.tries)
            fields.add("Hash", info.hash?.description)
            fields.add("Data Downloaded", byteText(info.stats.downloadBytes))
            fields.add("Data Uploaded", byteText(info.stats.uploadBytes))
            fields.add("Total Time", info.stats.totalText)
            fields.add("Download Time", durationText(seconds: info.stats.downloadSeconds))
            fields.add("Process Time", durationText(seconds: info.stats.processSeconds))
            fields.add("Upload Time", durationText(seconds: info.stats.uploadSeconds))
            var table = Table(["REPO", "COMMIT", "PATH"])
            for file in info.data {
                table.append([
                    Cell(file.file.commit.branch.repo.description), Cell(file.file.commit.id.description), Cell(pathText(file)),
                ])
            }
            return fields.text + "Inputs:\n" + session.text(table, global)
        }
    }
}
