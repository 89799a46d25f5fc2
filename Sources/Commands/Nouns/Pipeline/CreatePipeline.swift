import ArgumentParser
import Model
import Operations

struct CreatePipeline: PipelineWriter {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Create pipelines from specs.",
        discussion: manual(
            """
            A file may hold several specs, in JSON or YAML; they are created in order. The code that a spec names in \
            transform.build.path, relative to the spec, is stored with it, and is at /code when it runs. docs/specs.md explains all fields.

            Example:
              pach create pipeline -f pipelines/train/pipeline.json
            """), aliases: ["pipelines"])

    @OptionGroup var specs: SpecOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(in session: Session) async throws {
        try await write(update: false, reprocess: false, session)
    }
}

struct UpdatePipeline: PipelineWriter {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "Change pipelines; create those that are not there yet.",
        discussion: manual(
            """
            Datums that were processed before are skipped, unless what they depend on has changed, or --reprocess is given.

            Example:
              pach update pipeline -f pipelines/train/pipeline.json --reprocess
            """), aliases: ["pipelines"])

    @OptionGroup var specs: SpecOptions

    @Flag(help: "Process all datums again.")
    var reprocess = false

    @OptionGroup var output: OutputOptions
    @OptionGroup(visibility: .hidden) var global: GlobalOptions

    func run(in session: Session) async throws {
        try await write(update: true, reprocess: reprocess, session)
    }
}

/// Where the specs come from, and whether they are only looked at.
struct SpecOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: ArgumentHelp("The specs' file; '-' is standard input.", valueName: "file"), completion: .file())
    var file = "-"

    @Flag(help: "Check the specs, each against what there is and not against those before it, print what would be, and change nothing.")
    var dryRun = false
}

protocol PipelineWriter: EngineUser {
    var specs: SpecOptions { get }
    var output: OutputOptions { get }
}

extension PipelineWriter {
    func write(update: Bool, reprocess: Bool, _ session: Session) async throws {
        // All are read before the first is created: a mistake in the last one leaves nothing half done.
        var documents = try await SpecFile(specs.file).documents(standardInput: session.console.input)
        for index in documents.indices {
            documents[index].request.update = update
            documents[index].request.reprocess = reprocess
            documents[index].request.dryRun = specs.dryRun
        }
        try await withEngine(session) { connection in
            var pipelines: [PipelineInfo] = []
            for document in documents { pipelines.append(try await create(document, isAlone: documents.count == 1, connection)) }
            if specs.dryRun || output.raw || output.output != nil {
                let specs = pipelines.map(\.spec)
                try output.print(specs, session.console) { try specs.map { try jsonText($0, pretty: true) + "\n" }.joined() }
            }
            for pipeline in pipelines {
                session.console.remarkFieldsWithoutEffect(of: pipeline)
                session.console.remarkWarnings(about: pipeline)
            }
            if !specs.dryRun { try await session.remarkPendingJobs(connection) }
        }
    }
}

extension PipelineWriter {
    /// Where a file has several specs, a failure says which one it is of.
    private func create(_ document: SpecFile.Document, isAlone: Bool, _ connection: Connection) async throws -> PipelineInfo {
        do {
            return try await connection.engine.createPipeline(document.request)
        } catch let error as PachError where !isAlone {
            throw PachError(
                error.code, "pipeline \(quoted(document.pipeline.description)) of \(document.request.fileName): \(error.message)",
                cause: error.cause, hint: error.hint, details: error.details)
        }
    }
}

extension Console {
    fileprivate func remarkWarnings(about pipeline: PipelineInfo) {
        for warning in pipeline.details.warnings ?? [] { remark("Pipeline \(quoted(pipeline.pipeline.name.description)): \(warning)") }
    }

    fileprivate func remarkFieldsWithoutEffect(of pipeline: PipelineInfo) {
        let name = quoted(pipeline.pipeline.name.description)
        let unused = pipeline.spec.unusedFields
        if !unused.isEmpty {
            remark(
                "Pipeline \(name) has fields that are recorded and not used: \(unused.joined(separator: ", ")). "
                    + "Its program runs on this machine, in no container.")
        }
        let overruled = pipeline.spec.overruledFields
        if !overruled.isEmpty {
            remark(
                "Pipeline \(name) has fields that others overrule: \(overruled.joined(separator: ", ")). "
                    + "The engine sets such variables itself; accept_return_code and err_cmd have no part in datum_batching, err_stdin none "
                    + "without err_cmd.")
        }
    }
}
