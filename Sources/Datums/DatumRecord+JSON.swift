internal import Foundation
public import Model
public import Storage

/// A record is written as one line of JSON with sorted keys, so that equal records have equal bytes:
///
///     {"hash":"…","id":"…","inputs":[{"branch":"master","content":"…","kind":"file","name":"ratings","path":"/a","repo":"ratings"}],
///      "job":"…","outputs":[["/a.txt","…","file",12]],"reason":"","state":"SUCCESS","stats":{…},"tries":1}
///
/// An output is its path, its Git id, its kind and its size. A kind is `file` (a blob), `chunks` (a tree of chunks) or `folder`.
extension DatumRecord {
    public func encoded() -> [UInt8] {
        CanonicalJSON.bytes(of: self) + [UInt8(ascii: "\n")]
    }

    /// - Throws: `corrupt` for anything that `encoded` would not have written: a field too many or too few, a path that is not
    ///   written as we write it, outputs that are not in order, an id that is not that of the inputs.
    public init(decoding bytes: [UInt8]) throws(PachError) {
        do {
            self = try JSONDecoder().decode(DatumRecord.self, from: Data(bytes))
        } catch {
            throw PachError(.corrupt, "the record of a datum is not as pach writes it", cause: Self.located(error))
        }
    }

    /// Stores the record as a file.
    public func write(to writer: any ObjectWriter) throws(PachError) -> StoredFile {
        try FileIngest.store(encoded(), to: writer)
    }

    /// Reads the record that `node` is.
    public init(reading node: TreeNode, from reader: any ObjectReader) throws(PachError) {
        let files = FileReader(reader)
        try self.init(decoding: try files.bytes(try files.file(node)))
    }

    private static func located(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context):
            let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
            return "at /\(place): \(context.debugDescription)"
        @unknown default:
            return "\(error)"
        }
    }
}

extension DatumRecord: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, hash, state, job, tries, reason, stats, inputs, outputs
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(Digest.self, forKey: .id)
        hash = try container.decode(Digest.self, forKey: .hash)
        state = try container.decode(DatumState.self, forKey: .state)
        job = try container.decode(JobID.self, forKey: .job)
        tries = try container.decode(Int.self, forKey: .tries)
        reason = try container.decode(String.self, forKey: .reason)
        stats = try container.decode(ProcessStatistics.self, forKey: .stats)
        inputs = try container.decode([DatumInput].self, forKey: .inputs)
        outputs = try container.decode([DatumOutput].self, forKey: .outputs)

        func check(_ holds: Bool, _ key: CodingKeys, _ failure: String) throws {
            guard holds else { throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: failure) }
        }
        try check(id == DatumIdentity.id(of: inputs), .id, "it is not the id of the inputs")
        try check([.success, .failed, .recovered].contains(state), .state, "a datum does not end so")
        try check(tries >= 0, .tries, "it is negative")
        try check(state == .success || outputs.isEmpty, .outputs, "a datum that did not end well has outputs")
        try check(zip(outputs, outputs.dropFirst()).allSatisfy { $0.path < $1.path }, .outputs, "they are not in the order of paths")
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(hash, forKey: .hash)
        try container.encode(state, forKey: .state)
        try container.encode(job, forKey: .job)
        try container.encode(tries, forKey: .tries)
        try container.encode(reason, forKey: .reason)
        try container.encode(stats, forKey: .stats)
        try container.encode(inputs, forKey: .inputs)
        try container.encode(outputs, forKey: .outputs)
    }
}

extension DatumInput: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, repo, branch, path, content, kind
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(besides: CodingKeys.allCases)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        do {
            repo = try RepoName(try container.decode(String.self, forKey: .repo))
        } catch let error as PachError {
            throw DecodingError.dataCorruptedError(forKey: .repo, in: container, debugDescription: error.message)
        }
        branch = try container.decode(BranchName.self, forKey: .branch)
        path = try container.decode(ExactPath.self, forKey: .path).path
        content = try container.decode(ObjectID.self, forKey: .content)
        kind = try container.decode(KindWord.self, forKey: .kind).kind
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(repo.description, forKey: .repo)
        try container.encode(branch, forKey: .branch)
        try container.encode(path, forKey: .path)
        try container.encode(content, forKey: .content)
        try container.encode(KindWord(kind), forKey: .kind)
    }
}

extension DatumOutput: Codable {
    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        path = try container.decode(ExactPath.self).path
        let id = try container.decode(ObjectID.self)
        let kind = try container.decode(KindWord.self).kind
        let size = try container.decode(Int.self)
        file = StoredFile(isChunked: kind == .chunkedFile, id: id, size: size)
        guard kind.isFile, size >= 0, !path.isRoot, container.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "it is not a file that a datum wrote")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(path)
        try container.encode(file.id)
        try container.encode(KindWord(file.node.kind))
        try container.encode(file.size)
    }
}

/// The kinds by the words that records have for them.
private enum KindWord: String, Codable {
    case file, chunks, folder

    init(_ kind: TreeNode.Kind) {
        switch kind {
        case .file: self = .file
        case .chunkedFile: self = .chunks
        case .folder: self = .folder
        }
    }

    var kind: TreeNode.Kind {
        switch self {
        case .file: .file
        case .chunks: .chunkedFile
        case .folder: .folder
        }
    }
}

/// A path that stands as it is written by us, not in another form that parses to the same.
private struct ExactPath: Decodable {
    let path: FilePath

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        path = try container.decode(FilePath.self)
        guard path.description.utf8.elementsEqual(text.utf8) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "the path is not in its shortest form")
        }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    fileprivate func refuseUnknownKeys(besides known: [some CodingKey]) throws {
        let container = try container(keyedBy: AnyKey.self)
        let known = Set(known.map(\.stringValue))
        guard let unknown = container.allKeys.first(where: { !known.contains($0.stringValue) }) else { return }
        throw DecodingError.dataCorruptedError(forKey: unknown, in: container, debugDescription: "the field is not known")
    }
}
