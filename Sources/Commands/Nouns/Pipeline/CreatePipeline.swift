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

    @Flag(help: "Check the specs, print what would be, and change nothing.")
    var dryRun = false
}

protocol PipelineWriter: EngineUser {
    var specs: SpecOptions { get }
    var output: OutputOptions { get }
}

extension PipelineWriter {
    func write(update: Bool, reprocess: Bool, _ session: Session) async throws {
        // All are read before the first is created: a mistake in the last one leaves nothing half done.
        var requests = try await SpecFile(specs.file).requests(standardInput: session.console.input)
        for index in requests.indices {
            requests[index].update = update
            requests[index].reprocess = reprocess
            requests[index].dryRun = specs.dryRun
        }
        try await withEngine(session) { connection in
            var pipelines: [PipelineInfo] = []
            for request in requests { pipelines.append(try await connection.engine.createPipeline(request)) }
            if specs.dryRun || output.raw || output.output != nil {
                let specs = pipelines.map(\.spec)
                try output.print(specs, session.console) { try specs.map { try jsonText($0, pretty: true) + "\n" }.joined() }
            }
            for pipeline in pipelines { session.console.remarkUnusedFields(of: pipeline) }
            if !specs.dryRun { session.remarkPendingJobs(try await connection.engine.waitingJobs(), connection) }
        }
    }
}

extension Console {
    fileprivate func remarkUnusedFields(of pipeline: PipelineInfo) {
        let fields = pipeline.spec.unusedFields
        guard !fields.isEmpty else { return }
        let name = quoted(pipeline.pipeline.name.description)
        remark(
            "Pipeline \(name) has fields that are recorded and not used: \(fields.joined(separator: ", ")). "
                + "Its program runs on this machine, in no container.")
    }
}
