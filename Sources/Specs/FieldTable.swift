internal import Model

/// The fields that an object of a spec may have, and what is done with each. None is ignored in silence.
struct FieldTable: Sendable {
    enum Treatment: Sendable {
        /// It means something here.
        case used
        /// It means nothing here, harms nothing, and is kept to be shown.
        case recorded
        /// Pachyderm has it and we do not; what to do instead, or why there is nothing.
        case refused(String)
    }

    /// What the object is called in messages.
    let owner: String
    private let treatments: [String: Treatment]
    /// The name in snake_case by each way of writing it.
    private let names: [String: String]

    init(owner: String, used: [String], recorded: [String] = [], refused: [String: String] = [:]) {
        self.owner = owner
        var treatments: [String: Treatment] = [:]
        for name in used { treatments[name] = .used }
        for name in recorded { treatments[name] = .recorded }
        for (name, reason) in refused { treatments[name] = .refused(reason) }
        self.treatments = treatments
        names = Dictionary(treatments.keys.flatMap { [($0, $0), (camelCase($0), $0)] }, uniquingKeysWith: { first, _ in first })
    }

    /// The field's name in snake_case, where `key` is that or its camelCase.
    func name(of key: String) -> String? { names[key] }

    func treatment(of name: String) -> Treatment? { treatments[name] }

    /// What the user may have meant by an unknown key.
    func suggestion(for key: String) -> String {
        let isCamel = key.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let candidates = treatments.keys.sorted().map { isCamel ? camelCase($0) : $0 }
        if let nearest = nearest(to: key, among: candidates) { return "; did you mean \(quoted(nearest))?" }
        if let other = Self.all.first(where: { $0.name(of: key) != nil }) { return "; it belongs in \(other.owner)" }
        return ""
    }

    private static let all = [pipelineSpec, pipeline, transform, input, pfs, parallelismSpec]
}

/// `size_bytes` as `sizeBytes`.
private func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(words.first.map { String($0) } ?? "") { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
}

// What to do instead of several.
private let endlessWork = "pipelines run as commits come"
private let oneFolder = "put what belongs together into one folder of a repo, and let the glob match the folder"
private let ownBranch = "read a branch that only 'pach create branch --head' moves, and move it when a job is to come"

extension FieldTable {
    static let pipelineSpec = FieldTable(
        owner: "the pipeline spec",
        used: [
            "pipeline", "description", "transform", "input", "parallelism_spec", "output_branch", "datum_timeout",
            "datum_tries", "job_timeout", "salt", "reprocess_spec", "jobs", "previous",
        ],
        recorded: PipelineSpec.recordedFields,
        refused: [
            "tf_job": "it needs Kubernetes; train in the pipeline's own 'transform'",
            "egress": "copy an output with 'pach wait commit' and 'pach get file -r'",
            "service": "\(endlessWork); serve what 'pach get file -r' copies, again when 'pach subscribe commit' tells of more",
            "spout": "\(endlessWork); let what receives the data call 'pach put file'",
            "s3_out": "there is no S3 gateway; write to /pfs/out",
            "determined": "there is no Determined cluster; train in the pipeline's own 'transform'",
            "maximum_expected_uptime": "'job_timeout' and 'datum_timeout' say how long work may take",
            "pod_spec": "it would change what the code sees, and there is no pod",
            "pod_patch": "it would change what the code sees, and there is no pod",
            "spec_commit": "the engine sets it",
            "update": "use the command 'pach update pipeline'",
            "reprocess": "use the command 'pach update pipeline --reprocess'",
            "dry_run": "use the command 'pach create pipeline --dry-run'",
        ])

    static let pipeline = FieldTable(owner: "'pipeline'", used: ["name", "project"])

    static let project = FieldTable(owner: "'project'", used: ["name"])

    static let parallelismSpec = FieldTable(
        owner: "'parallelism_spec'", used: ["constant"], refused: ["coefficient": "there are no nodes to count; use 'constant'"])

    static let transform = FieldTable(
        owner: "'transform'",
        used: [
            "image", "cmd", "stdin", "err_cmd", "err_stdin", "env", "accept_return_code", "working_dir", "user", "build", "debug",
            "datum_batching", "network",
        ],
        recorded: Transform.recordedFields,
        refused: ["secrets": "the engine keeps none; code sees the files below /etc and /opt of this machine"])

    static let build = FieldTable(
        owner: "'build'", used: ["path"],
        refused: ["language": "the command runs with what the machine has installed", "image": "nothing is built into an image"])

    static let input = FieldTable(
        owner: "'input'", used: ["pfs", "cross"],
        refused: [
            "union": "put the files into one repo, with a glob over its folders, or make a pipeline for each input",
            "join": "\(oneFolder), or take a 'cross' and skip the pairs that do not belong together",
            "group": oneFolder,
            "cron": "let cron put a file into a repo that the pipeline reads",
            "git": "Pachyderm itself has removed it",
        ])

    static let pfs = FieldTable(
        owner: "'pfs'",
        used: ["project", "name", "repo", "repo_type", "branch", "commit", "glob"],
        refused: [
            "join_on": "it has a meaning only in a join", "outer_join": "it has a meaning only in a join",
            "group_by": "it has a meaning only in a group",
            "lazy": "a datum's files are there before its code runs; a finer glob makes smaller datums",
            "empty_files": "a datum's files come with what is in them; put a list of names into a file and read that",
            "s3": "there is no S3 gateway; read the files below /pfs",
            "trigger": ownBranch, "propagation_spec": ownBranch, "reference": ownBranch,
        ])
}
