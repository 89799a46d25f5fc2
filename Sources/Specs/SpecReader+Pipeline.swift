internal import Model

extension SpecReader {
    private static let workerCounts: ClosedRange<Int64> = 1...10_000
    private static let tryCounts: ClosedRange<Int64> = 1...1_000_000

    /// A whole spec; nil where it has mistakes, which are then reported.
    mutating func pipelineSpec(_ document: SpecDocument) -> (spec: PipelineSpec, name: Located)? {
        let mistakeCount = mistakes.count
        let root = Located(node: document.root, path: document.path)
        guard let fields = fields(of: root, .pipelineSpec) else { return nil }
        let name = pipelineName(fields)
        let transform = transform(fields)
        let input = input(fields, of: name?.value)
        let parallelism = fields["parallelism_spec"].flatMap { place in self.fields(of: place, .parallelismSpec) }
            .flatMap { integer($0["constant"], in: Self.workerCounts) }
        let outputBranch = value(fields["output_branch"]) { (text) throws(PachError) in try BranchName(text) }
        let datumTimeout = timeout(fields["datum_timeout"])
        let datumTries = integer(fields["datum_tries"], in: Self.tryCounts)
        let jobTimeout = timeout(fields["job_timeout"])
        let reprocess: PipelineSpec.Reprocess? = choice(
            fields["reprocess_spec"], "invalid pipeline spec: ReprocessSpec must be one of 'until_success' or 'every_job'")
        let jobs: PipelineSpec.Jobs? = choice(fields["jobs"])
        let description = string(fields["description"])
        let salt = string(fields["salt"])
        let previous = boolean(fields["previous"])
        guard mistakes.count == mistakeCount, let name, let transform, let input else { return nil }
        let spec = PipelineSpec(
            name: name.value, description: description ?? "", transform: transform, input: input,
            parallelism: parallelism.map { Int($0) } ?? PipelineSpec.Defaults.parallelism, outputBranch: outputBranch ?? .master,
            datumTimeout: datumTimeout, datumTries: datumTries.map { Int($0) } ?? PipelineSpec.Defaults.datumTries, jobTimeout: jobTimeout,
            salt: salt, reprocess: reprocess ?? .untilSuccess, jobs: jobs ?? .all, previous: previous ?? false, recorded: fields.recorded)
        return (spec, name.place)
    }

    private mutating func pipelineName(_ fields: Fields) -> (value: PipelineName, place: Located)? {
        guard let place = fields["pipeline"] else {
            report("invalid pipeline spec: Pipeline.Name cannot be empty", at: fields.object)
            return nil
        }
        guard let pipeline = self.fields(of: place, .pipeline) else { return nil }
        if let project = pipeline["project"], let fields = self.fields(of: project, .project) {
            refuseProject(fields["name"])
        }
        guard let namePlace = pipeline["name"] else {
            report("invalid pipeline spec: Pipeline.Name cannot be empty", at: place)
            return nil
        }
        return value(namePlace) { (text) throws(PachError) in try PipelineName(text) }.map { ($0, namePlace) }
    }

    /// There is one project, Pachyderm's first.
    mutating func refuseProject(_ place: Located?) {
        guard let place, let name = string(place), name != "default" else { return }
        report("the project \(quoted(name)) is not supported: there is only 'default'", at: place)
    }

    private mutating func timeout(_ place: Located?) -> SpecDuration? {
        guard let place, let timeout = value(place, { (text) throws(PachError) in try SpecDuration(parsing: text) }) else { return nil }
        guard timeout.nanoseconds > 0 else {
            report("a timeout must be longer than 0s", at: place)
            return nil
        }
        return timeout
    }
}
