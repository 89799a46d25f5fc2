internal import Globbing
internal import Model

extension SpecReader {
    /// An input, and the places of the names that its datums see.
    private struct NamedInput {
        var input: PipelineInput
        var names: [(name: FileName, place: Located)]
    }

    /// - Parameter pipeline: whose input it is; nil where its name is mistaken.
    mutating func input(_ spec: Fields, of pipeline: PipelineName?) -> PipelineInput? {
        guard let place = spec["input"] else {
            report("no input set", at: spec.object)
            return nil
        }
        return namedInput(place, of: pipeline)?.input
    }

    private mutating func namedInput(_ place: Located, of pipeline: PipelineName?) -> NamedInput? {
        let mistakeCount = mistakes.count
        guard let fields = fields(of: place, .input) else { return nil }
        let kinds = fields.used.filter { $0.value.elements?.isEmpty != true }
        guard let kind = kinds.first, kinds.count == 1 else {
            // A kind that was refused is an input that was set.
            if kinds.count > 1 {
                report("multiple input types set", at: place)
            } else if mistakes.count == mistakeCount {
                report("no input set", at: place)
            }
            return nil
        }
        return kind.key == "cross" ? cross(kind.value, of: pipeline) : pfs(kind.value, of: pipeline)
    }

    private mutating func cross(_ place: Located, of pipeline: PipelineName?) -> NamedInput? {
        guard let elements = place.elements else {
            report("expected an array of inputs", at: place)
            return nil
        }
        var members: [PipelineInput] = []
        var names: [(name: FileName, place: Located)] = []
        for element in elements {
            guard let member = namedInput(element, of: pipeline) else { continue }
            members.append(member.input)
            for (name, place) in member.names {
                // As strings compare, by canonical equivalence: two that look the same would be one folder to people and one key to us.
                if names.contains(where: { $0.name.description == name.description }) {
                    report("name \(quoted(name.description)) was used more than once; give one of the inputs another 'name'", at: place)
                } else if let variable = names.lazy.compactMap({ Self.sharedVariable($0.name, name) }).first {
                    report("two inputs would give the program the variable \(quoted(variable)); give one of them another 'name'", at: place)
                } else {
                    names.append((name, place))
                }
            }
        }
        return NamedInput(input: .cross(members), names: names)
    }

    /// The variable that two inputs of different names would both set: the commit of one, called as the other is.
    private static func sharedVariable(_ one: FileName, _ other: FileName) -> String? {
        let names = [one.description, other.description]
        return names.first { names.map(EngineVariable.commit(ofInput:)).contains($0) }
    }

    private mutating func pfs(_ place: Located, of pipeline: PipelineName?) -> NamedInput? {
        guard let fields = fields(of: place, .pfs) else { return nil }
        refuseProject(fields["project"])
        if let commit = fields["commit"] {
            report("input cannot come from a commit; use a branch with head pointing to the commit", at: commit)
        }
        let glob = glob(fields)
        let branch: BranchName? =
            fields["branch"] == nil ? .master : value(fields["branch"]) { (text) throws(PachError) in try BranchName(text) }
        let kind: RepoName.Kind? = choice(fields["repo_type"])
        if let kind, kind != .user, let place = fields["repo_type"] {
            let instead = kind == .meta ? "'pach list datum PIPELINE@JOB -o json'" : "'pach list pipeline NAME --spec'"
            report(
                "inputs from repos of the type \(quoted(kind.rawValue)) are not supported: put what \(instead) prints into a repo",
                at: place)
        }
        guard let repoPlace = fields["repo"] else {
            report("input must specify a repo", at: place)
            return nil
        }
        let repo = value(repoPlace) { (text) throws(PachError) in try RepoName(base: text, kind: .user) }
        guard let repo, let glob, let branch else { return nil }
        if let pipeline, repo == pipeline.repo() {
            report(
                "pipeline \(quoted(repo.base)) cannot read its own output; set 'previous' to true to see the last one", at: repoPlace)
            return nil
        }
        guard let name = inputName(fields, repo: repoPlace) else { return nil }
        let input = PFSInput(name: name.name.description, repo: repo, branch: branch, glob: glob)
        return NamedInput(input: .pfs(input), names: [name])
    }

    private mutating func glob(_ fields: Fields) -> String? {
        guard let place = fields["glob"] else {
            report("input must specify a glob", at: fields.object)
            return nil
        }
        guard let text = string(place) else { return nil }
        do {
            _ = try Glob(text)
            return text
        } catch {
            report("glob \(quoted(text)): \(error)", at: place)
            return nil
        }
    }

    /// The folder under `/pfs`. `out` and names with a leading dot are the engine's.
    private mutating func inputName(_ fields: Fields, repo: Located) -> (name: FileName, place: Located)? {
        let place = fields["name"] ?? repo
        guard let text = string(place) else { return nil }
        guard text != "out" else {
            let message =
                fields["name"] == nil
                ? "inputs based on repos named \"out\" must have 'name' set" : "input cannot be named \"out\""
            report(message + ", as pachyderm already creates /pfs/out to collect job output", at: place)
            return nil
        }
        guard !text.hasPrefix("."), !text.utf8.contains(UInt8(ascii: "=")) else {
            report("the input name \(quoted(text)) is not allowed: it names a folder and an environment variable", at: place)
            return nil
        }
        let taken = [text, EngineVariable.commit(ofInput: text)].first {
            StandardVariable(rawValue: $0) != nil || EngineVariable(rawValue: $0) != nil
        }
        if let taken {
            report(
                "an input named \(quoted(text)) would take the variable \(quoted(taken)) away from the program; give it another 'name'",
                at: place)
            return nil
        }
        return value(place) { (text) throws(PachError) in try FileName(text) }.map { ($0, place) }
    }
}
