/// Where a pipeline's datums come from.
public indirect enum PipelineInput: Sendable, Hashable {
    /// The files of one branch that match a glob.
    case pfs(PFSInput)
    /// Every combination of the members' datums.
    case cross([PipelineInput])

    /// The repos that are read, in the order of the spec.
    public var pfsInputs: [PFSInput] {
        switch self {
        case .pfs(let input): [input]
        case .cross(let members): members.flatMap(\.pfsInputs)
        }
    }

    /// As tables show it: `ratings:/*`, `(ratings:/ ⨯ train:/)`.
    public var displayText: String {
        switch self {
        case .pfs(let input): "\(input.repo):\(input.glob)"
        case .cross(let members): "(" + members.map(\.displayText).joined(separator: " ⨯ ") + ")"
        }
    }
}

/// An input from a repo: each file or folder of the branch's head that matches the glob is one datum.
public struct PFSInput: Sendable, Hashable {
    /// The folder under `/pfs`, and the environment variable that names the datum's file.
    public var name: String
    /// Whose files are read. New specs name repos of users and outputs alone; `repo_type` says of which kind it is.
    public var repo: RepoName
    /// Whose head is read.
    public var branch: BranchName
    /// Which files and folders are datums; `Globbing` defines it.
    public var glob: String

    /// - Parameter name: where none is given the repo's, as in Pachyderm.
    public init(name: String? = nil, repo: RepoName, branch: BranchName = .master, glob: String) {
        self.name = name ?? repo.base
        self.repo = repo
        self.branch = branch
        self.glob = glob
    }

    /// The branch that is read.
    public var source: Branch { Branch(repo: repo, name: branch) }

    /// Names and globs are compared as they are matched: by their bytes.
    public static func == (left: PFSInput, right: PFSInput) -> Bool {
        left.repo == right.repo && left.branch == right.branch && left.name.utf8.elementsEqual(right.name.utf8)
            && left.glob.utf8.elementsEqual(right.glob.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source)
    }
}

extension PipelineInput: Codable {
    private enum CodingKeys: String, CodingKey {
        case pfs, cross
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let members = try container.decodeIfPresent([PipelineInput].self, forKey: .cross) {
            self = .cross(members)
        } else {
            self = .pfs(try container.decode(PFSInput.self, forKey: .pfs))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .pfs(let input): try container.encode(input, forKey: .pfs)
        case .cross(let members): try container.encode(members, forKey: .cross)
        }
    }
}

extension PFSInput: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, repo, branch, glob
        case repoType = "repo_type"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let base = try container.decode(String.self, forKey: .repo)
        let kind = try container.decodeIfPresent(RepoName.Kind.self, forKey: .repoType) ?? .user
        do {
            repo = try RepoName(base: base, kind: kind)
        } catch {
            throw DecodingError.dataCorruptedError(forKey: .repo, in: container, debugDescription: error.message)
        }
        name = try container.decodeIfPresent(String.self, forKey: .name) ?? base
        branch = try container.decodeIfPresent(BranchName.self, forKey: .branch) ?? .master
        glob = try container.decode(String.self, forKey: .glob)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(repo.base, forKey: .repo)
        if repo.kind != .user { try container.encode(repo.kind, forKey: .repoType) }
        try container.encode(branch, forKey: .branch)
        try container.encode(glob, forKey: .glob)
    }
}
