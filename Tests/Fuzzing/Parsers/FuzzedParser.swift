import API
import GitStore
import Globbing
import Ledger
import Model
import Operations
import Recommenders
import Specs
import Storage

/// A parser of bytes that others wrote. Whatever the bytes are, it ends in a value or in an error that says what is wrong; it never ends the
/// process, and what it accepts has the properties that are checked here.
public struct FuzzedParser: Sendable {
    public let name: String
    private let body: @Sendable ([UInt8], ScratchFiles) async throws -> Void

    /// Errors that are not of the kinds that parsers throw.
    public struct Unexpected: Error, CustomStringConvertible {
        public var description: String
    }

    private init(_ name: String, _ body: @escaping @Sendable ([UInt8], ScratchFiles) async throws -> Void) {
        self.name = name
        self.body = body
    }

    /// - Throws: `Unexpected` where the parser does not keep its word.
    public func run(_ bytes: [UInt8], scratch: ScratchFiles) async throws {
        do {
            try await body(bytes, scratch)
        } catch let error as PachError {
            guard Self.refusals.contains(error.code) else { throw Unexpected(description: "\(name): \(error.code): \(error)") }
        } catch is GlobError {
            // It says where the pattern is wrong.
        } catch let error as RecommenderError where error.code != .io {
            // It says what is wrong with the file.
        }
    }

    private static let refusals: Set<PachError.Code> = [
        .invalidArgument, .invalidSpec, .corrupt, .notSupported, .notFound, .tooLarge, .conflict,
    ]

    public static let all: [FuzzedParser] = [
        pack, refs, config, tree, chunks, storedName, gitCommit, spec, glob, reference, tar, model, ranking, ratings, interactions,
        requests,
        features, folds, vectors, schema, searchSpace,
    ]

    // MARK: Git's files

    /// A pack and its index: the index's length in four bytes, little end first, the index, the pack.
    private static let pack = FuzzedParser("pack") { bytes, scratch in
        let (index, pack) = Self.parts(of: bytes)
        try scratch.withPack(index: index, pack: pack) { repo in
            for id in ids(inIndex: index) {
                // Damage to one object does not hide the others.
                _ = try? repo.objects.header(of: id)
                _ = try? repo.objects.read(id)
            }
            _ = try repo.verify()
        }
    }

    /// Parts between zero bytes: `packed-refs`, a branch, `HEAD`, `shallow`.
    private static let refs = FuzzedParser("refs") { bytes, scratch in
        let parts = bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map(Array.init)
        let names = ["packed-refs", "refs/heads/master", "HEAD", "shallow"]
        try scratch.withRepository(files: Dictionary(uniqueKeysWithValues: zip(names, parts))) { repo in
            for ref in try repo.foundRefs().refs { _ = try repo.target(of: ref.name) }
            _ = try repo.shallow()
        }
    }

    private static let config = FuzzedParser("config") { bytes, scratch in
        try scratch.withRepository(files: ["config": bytes]) { repo in _ = try repo.foundRefs() }
    }

    /// The first byte says whether the tree is a root.
    private static let tree = FuzzedParser("tree") { bytes, _ in
        let tree = Tree(Array(bytes.dropFirst()))
        let isRoot = bytes.first.map { $0 & 1 == 1 } ?? false
        let entries = try tree.entries()
        for entry in entries { _ = try tree.node(named: entry.name) }
        try tree.validate(as: isRoot ? .root : .folder)
        guard try Tree(entries, isRoot: isRoot) == tree else {
            throw Unexpected(description: "a valid tree is not what its entries make")
        }
    }

    /// Trees and blobs that may make up a chunked file, each with its length in two bytes before it; the last is the file. An entry whose id
    /// begins with 19 zero bytes means the object whose number the last byte is.
    private static let chunks = FuzzedParser("chunks") { bytes, _ in
        let store = InMemoryStore()
        var ids: [ObjectID] = []
        var rest = bytes[...]
        while rest.count > 3 {
            let (isTree, count) = (rest.removeFirst() & 1 == 1, Int(rest.removeFirst()) | Int(rest.removeFirst()) << 8)
            let object = Self.resolved(Array(rest.prefix(count)), ids)
            rest = rest.dropFirst(count)
            ids.append(try object.withUnsafeBytes { try store.write(isTree ? .tree : .blob, $0) })
        }
        guard let last = ids.last else { return }
        let reader = FileReader(store)
        let node = TreeNode(kind: .chunkedFile, id: last)
        let file = try reader.file(node)
        var size = 0
        try reader.read(file, range: 0..<min(file.size, 1 << 20)) { (piece) throws(PachError) in size += piece.count }
        guard size == min(file.size, 1 << 20) else { throw Unexpected(description: "a chunked file has not the size that it tells") }
    }

    private static func resolved(_ bytes: [UInt8], _ ids: [ObjectID]) -> [UInt8] {
        var bytes = bytes
        var start = 0
        while start + ObjectID.byteCount <= bytes.count {
            let number = Int(bytes[start + ObjectID.byteCount - 1])
            if number < ids.count, bytes[start..<start + ObjectID.byteCount - 1].allSatisfy({ $0 == 0 }) {
                bytes.replaceSubrange(start..<start + ObjectID.byteCount, with: ids[number].bytes)
                start += ObjectID.byteCount
            } else {
                start += 1
            }
        }
        return bytes
    }

    private static let storedName = FuzzedParser("name") { bytes, _ in
        for isTree in [false, true] {
            guard let (name, kind) = try? bytes.withUnsafeBytes({ try StoredName.decode($0, isTree: isTree) }) else { continue }
            guard try StoredName.encode(name, kind: kind) == bytes else {
                throw Unexpected(description: "a stored name is not what its name is stored as")
            }
        }
    }

    private static let gitCommit = FuzzedParser("commit") { bytes, _ in
        let commit = try GitCommit(parsing: bytes)
        _ = try CommitMessage(parsing: commit.message)
    }

    // MARK: What users write

    private static let spec = FuzzedParser("spec") { bytes, _ in
        _ = try SpecLoader.load(bytes: bytes, fileName: "pipeline.json")
    }

    /// A pattern and, behind a line feed, a path.
    private static let glob = FuzzedParser("glob") { bytes, _ in
        let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
        let glob = try Glob(String(decoding: parts[0], as: UTF8.self))
        if parts.count == 2 { _ = glob.matches(String(decoding: parts[1].prefix(4096), as: UTF8.self)) }
        _ = glob.start.onlyComponent
    }

    private static let reference = FuzzedParser("reference") { bytes, _ in
        let text = String(decoding: bytes, as: UTF8.self)
        if let commit = try? CommitReference(text) {
            guard try CommitReference(commit.description) == commit else {
                throw Unexpected(description: "the commit reference \(text) reads otherwise when it is written out")
            }
        }
        if let branch = try? Branch(text) {
            guard try Branch(branch.description) == branch else {
                throw Unexpected(description: "the branch \(text) reads otherwise when it is written out")
            }
        }
        if let path = try? FilePath(text) {
            guard try FilePath(path.description) == path else {
                throw Unexpected(description: "the path \(text) reads otherwise when it is written out")
            }
        }
        _ = try FileReference(text)
    }

    private static let tar = FuzzedParser("tar") { bytes, _ in
        let reader = TarReader(ByteStream(bytes))
        while try await reader.next() != nil {
            while try await reader.read() != nil {}
        }
    }

    // MARK: The recommender's files

    /// Without the checksums, which no mutation would get past.
    private static let model = FuzzedParser("model") { bytes, scratch in
        let model = try RatingModel(contentsOf: scratch.file("model", bytes), verifying: false)
        for user in ["1", "2", "nobody"] {
            for item in ["1", "2", "nothing"] { _ = model.estimate(user: user, item: item) }
        }
    }

    /// Without the checksums.
    private static let ranking = FuzzedParser("ranking") { bytes, scratch in
        let recommender = try Recommender(contentsOf: scratch.file("model", bytes), verifying: false)
        // Without its checksums, a model may give two items the same name.
        for list in recommender.lists(3, for: ["1", "2", "nobody"]) where list.items.count > 3 {
            throw Unexpected(description: "a list is too long")
        }
    }

    private static let ratings = FuzzedParser("ratings") { bytes, scratch in
        var dataset = Dataset()
        try RatingsReader.read(scratch.file("ratings", bytes), into: &dataset)
    }

    private static let interactions = FuzzedParser("interactions") { bytes, scratch in
        var dataset = Dataset()
        try InteractionsReader.read(scratch.file("interactions", bytes), into: &dataset)
    }

    private static let requests = FuzzedParser("requests") { bytes, scratch in
        var error: Unexpected?
        try RequestsReader.forEachRequest(of: scratch.file("requests", bytes)) { (user, item) throws(RecommenderError) in
            if user.count == 0 || item.count == 0 { error = Unexpected(description: "a request has no user or no item") }
        }
        if let error { throw error }
    }

    /// The first byte says whose features they are.
    private static let features = FuzzedParser("features") { bytes, scratch in
        var dataset = Dataset()
        let side: FeaturesReader.Side = bytes.first.map { $0 & 1 == 1 } ?? false ? .items : .users
        try FeaturesReader.read(scratch.file("features", Array(bytes.dropFirst())), of: side, into: &dataset)
    }

    /// The first byte says how many rows the ratings have.
    private static let folds = FuzzedParser("folds") { bytes, scratch in
        let rowCount = Int(bytes.first ?? 0)
        let folds = try FoldsReader.read(scratch.file("folds", Array(bytes.dropFirst())), rowCount: rowCount)
        for fold in folds.testRows.indices {
            guard folds.trainRows(for: fold).count + folds.testRows[fold].count == rowCount else {
                throw Unexpected(description: "a fold loses or doubles rows")
            }
        }
    }

    private static let vectors = FuzzedParser("vectors") { bytes, scratch in
        let vectors = try Vectors(contentsOf: scratch.file("vectors", bytes))
        for (item, neighbours) in try NearestItems(vectors, options: .init()).neighbours {
            // Rounding may take a cosine a little past 1.
            guard neighbours.allSatisfy({ $0.item != item && $0.similarity > 0 && $0.similarity < 1.001 }) else {
                throw Unexpected(description: "an item is its own neighbour, or too near one")
            }
        }
    }

    /// A schema and, behind a zero byte, rows.
    private static let schema = FuzzedParser("schema") { bytes, scratch in
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let path = try scratch.file("schema.json", Array(parts[0]))
        do {
            let schema = try Schema(contentsOf: path)
            guard parts.count == 2 else { return }
            let rows = try FileTree.of(scratch.file("rows", Array(parts[1])))
            _ = try Validation(schema).run(rows, into: "\(path).out")
        } catch let error as RecommenderError where error.code == .io {
            // It refers to a file that is not there.
        }
    }

    private static let searchSpace = FuzzedParser("search-space") { bytes, scratch in
        let candidates = try SearchSpace(contentsOf: scratch.file("space.json", bytes)).candidates()
        guard Set(candidates).count == candidates.count else { throw Unexpected(description: "a candidate is there twice") }
    }

    // MARK: Parts

    private static func parts(of bytes: [UInt8]) -> (index: [UInt8], pack: [UInt8]) {
        guard bytes.count >= 4 else { return (bytes, []) }
        let count = bytes[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        let rest = bytes.dropFirst(4)
        return (Array(rest.prefix(count)), Array(rest.dropFirst(count)))
    }

    /// What an index of version 2 that is in order lists.
    private static func ids(inIndex index: [UInt8]) -> [ObjectID] {
        let table = index.dropFirst(8 + 256 * 4)
        return stride(from: table.startIndex, to: table.endIndex - ObjectID.byteCount + 1, by: ObjectID.byteCount).prefix(64).map {
            ObjectID(table[$0..<$0 + ObjectID.byteCount])
        }
    }
}
