/// A value whose JSON form is its text.
public protocol CodableText: Codable, CustomStringConvertible {
    init(parsing text: String) throws
}

extension CodableText {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension BranchName: CodableText {
    public init(parsing text: String) throws { try self.init(text) }
}

extension PipelineName: CodableText {
    public init(parsing text: String) throws { try self.init(text) }
}

extension FileName: CodableText {
    public init(parsing text: String) throws { try self.init(text) }
}

extension FilePath: CodableText {
    public init(parsing text: String) throws { try self.init(text) }
}

extension CommitID: CodableText {
    public init(parsing text: String) throws {
        guard let id = CommitID(text) else {
            throw PachError(.invalidArgument, "\(quoted(text)) is not a commit id", hint: "A commit id has 32 hexadecimal digits.")
        }
        self = id
    }
}

extension ObjectID: CodableText {
    public init(parsing text: String) throws {
        guard let id = ObjectID(hex: text) else {
            throw PachError(.invalidArgument, "\(quoted(text)) is not an object id", hint: "An object id has 40 hexadecimal digits.")
        }
        self = id
    }
}

extension Digest: CodableText {
    public init(parsing text: String) throws {
        guard let digest = Digest(hex: text) else {
            throw PachError(.invalidArgument, "\(quoted(text)) is not a datum id", hint: "A datum id has 64 hexadecimal digits.")
        }
        self = digest
    }
}

/// As in Pachyderm's JSON: `{"name": "ratings", "type": "user"}`.
extension RepoName: Codable {
    private enum CodingKeys: String, CodingKey {
        case base = "name"
        case kind = "type"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let base = try container.decode(String.self, forKey: .base)
        let kind = try container.decodeIfPresent(Kind.self, forKey: .kind) ?? .user
        do {
            try self.init(base: base, kind: kind)
        } catch {
            throw DecodingError.dataCorruptedError(forKey: .base, in: container, debugDescription: error.message)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(base, forKey: .base)
        try container.encode(kind, forKey: .kind)
    }
}
