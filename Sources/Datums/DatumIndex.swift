public import Model
public import Storage

/// The good outputs of a pipeline by datum hash, across all its history since a job last had to process everything: a tree under a hidden
/// ref of the output repo.
///
/// A datum that was processed well before is found here whatever came between: a failed job, older content that is back, an
/// update of the spec taken back. Its outputs stay reachable, since an entry has them by reference.
///
/// The tree holds two generations, `new` and `old`, and in `count` the number of `new`'s entries. An entry is the folder
/// `<first 2 hex digits>/<next 2>/<hash>`, in which `record` is the datum's record and `out` its outputs. When `new` is full it
/// becomes `old`, and what was `old` is forgotten; so the index is bounded, and what was used last is kept.
public struct DatumIndex: Hashable, Sendable {
    /// A generation has at most this many entries.
    public static let generationLimit = 262_144

    /// None while nothing was good.
    public let root: ObjectID?
    private let limit: Int

    public init(root: ObjectID?) {
        self.init(root: root, limit: Self.generationLimit)
    }

    init(root: ObjectID?, limit: Int) {
        self.root = root
        self.limit = limit
    }

    /// The record of the datum that was processed with this hash; nil where none is known.
    ///
    /// Adding a record that was found here keeps it from being forgotten with its generation.
    public func record(of hash: Digest, reader: any ObjectReader) throws(PachError) -> DatumRecord? {
        guard let root else { return nil }
        for generation in Generation.allCases {
            guard let node = try TreeReader(reader).node(at: generation.entry(hash).record, in: root) else { continue }
            let record = try DatumRecord(reading: node, from: reader)
            guard record.hash == hash else {
                throw PachError(.corrupt, "the datum index has another datum's record at \(hash)", cause: "its hash is \(record.hash)")
            }
            return record
        }
        return nil
    }

    /// The index with these records as well; those of datums that did not end well are left out.
    /// - Parameter store: The output repo's, which has the outputs.
    public func adding(_ records: some Sequence<DatumRecord>, in store: any ObjectStore) throws(PachError) -> DatumIndex {
        var index = self
        var count = try count(in: store)
        var batch: [DatumRecord] = []
        var hashes: Set<Digest> = []
        for record in records where record.state == .success {
            guard !hashes.contains(record.hash), try !index.isNew(record.hash, in: store) else { continue }
            if count + batch.count == limit {
                index = try index.putting(batch, count: limit, in: store).turningOver(in: store)
                count = 0
                batch = []
                hashes = []
            }
            batch.append(record)
            hashes.insert(record.hash)
        }
        return batch.isEmpty ? index : try index.putting(batch, count: count + batch.count, in: store)
    }
}

// MARK: - What fits

extension DatumIndex {
    /// Bytes of an output's path: the index has it below one of its own.
    public static let outputPathByteCountMax =
        FilePath.byteCountMax - "/new/00/00/".utf8.count - Digest.byteCount * 2 - "/out".utf8.count

    /// Whether an output can be stored under its path, in the index and in a commit. To be asked of each datum: later its job would fail.
    /// - Throws: `invalidArgument`
    public static func check(_ output: DatumOutput) throws(PachError) {
        guard output.path.byteCount <= outputPathByteCountMax else {
            throw PachError(
                .invalidArgument,
                "the output \(output.path) has a path of \(output.path.byteCount) bytes; at most \(outputPathByteCountMax) are allowed",
                hint: "Use shorter names, or fewer folders.")
        }
        for name in output.path.parent.components { _ = try StoredName.encode(name, kind: .folder) }
        if let name = output.path.name { _ = try StoredName.encode(name, kind: output.file.node.kind) }
    }
}

// MARK: - Generations

extension DatumIndex {
    private static let countPath = FilePath([.fixed("count")])

    private enum Generation: CaseIterable {
        case new, old

        var folder: FilePath { FilePath([.fixed(self == .new ? "new" : "old")]) }

        func entry(_ hash: Digest) -> (record: FilePath, outputs: FilePath) {
            let entry = folder.appending(FilePath(hash.fannedOut))
            return (entry.appending(.fixed("record")), entry.appending(.fixed("out")))
        }
    }

    private func isNew(_ hash: Digest, in reader: any ObjectReader) throws(PachError) -> Bool {
        guard let root else { return false }
        return try TreeReader(reader).node(at: Generation.new.entry(hash).record, in: root) != nil
    }

    /// How many entries the generation `new` has.
    private func count(in reader: any ObjectReader) throws(PachError) -> Int {
        guard let root, let node = try TreeReader(reader).node(at: Self.countPath, in: root) else { return 0 }
        let files = FileReader(reader)
        let text = String(decoding: try files.bytes(try files.file(node), range: 0..<20), as: UTF8.self)
        guard let count = Int(text), (0...limit).contains(count) else {
            throw PachError(.corrupt, "the datum index does not say how many entries it has", cause: "its count is \(quoted(text))")
        }
        return count
    }

    /// - Parameter count: How many entries `new` then has.
    private func putting(_ records: [DatumRecord], count: Int, in store: any ObjectStore) throws(PachError) -> DatumIndex {
        let editor = TreeEditor()
        for record in records {
            let entry = Generation.new.entry(record.hash)
            try editor.put(try record.write(to: store), at: entry.record)
            for output in record.outputs { try editor.put(output.file, at: entry.outputs.appending(output.path)) }
        }
        try editor.put(try FileIngest.store(Array("\(count)".utf8), to: store), at: Self.countPath)
        return DatumIndex(root: try editor.apply(to: root, reader: store, writer: store).root, limit: limit)
    }

    /// What was new is old, and nothing is new.
    private func turningOver(in store: any ObjectStore) throws(PachError) -> DatumIndex {
        guard let root, let node = try TreeReader(store).node(at: Generation.new.folder, in: root) else { return self }
        // By hand and not by an editor, which would count all the files of the generation that goes.
        let tree = try Tree([TreeEntry(name: .fixed("old"), node: node)], isRoot: true)
        return DatumIndex(root: try store.write(.tree, tree.bytes), limit: limit)
    }
}
