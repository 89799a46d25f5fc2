internal import GitStore
internal import Ledger
internal import Metadata
internal import Model
internal import Operations
internal import Storage
internal import Threads

/// A change that appends pieces: what they become depends on the files that are there, so it is worked out before the transaction, which then
/// checks that none of these changed. Where one did, it is worked out anew.
struct FileAppend {
    private let change: FileChange
    /// Holds what the change brings. It is of use for itself only where there is no file yet; else it is cut anew behind the file's end, and
    /// never written.
    private let pieces: ObjectBatch
    private let target: ChangeTarget
    private let ledger: Ledger
    private var hasLanded = false

    init(_ change: FileChange, _ pieces: ObjectBatch, to target: ChangeTarget, _ ledger: Ledger) {
        self.change = change
        self.pieces = pieces
        self.target = target
        self.ledger = ledger
    }

    /// What has been worked out.
    struct Round: Sendable {
        /// The tree that the files were read in; nil where there was none.
        fileprivate var base: ObjectID?
        fileprivate var files: [PlacedFile]
        fileprivate var objects: ObjectBatch.Outcome
    }

    /// Files as they will be.
    private struct Joined: Sendable {
        var files: [PlacedFile]
        /// Whether objects of the pieces are objects of the files.
        var containPieces: Bool
    }

    mutating func land() async throws -> ChangeResult {
        defer { pieces.abandon() }
        while true {
            if let result = try await land(try await prepare()) { return result }
        }
    }

    mutating func prepare() async throws -> Round {
        let base = try await ledger.read { [target] in try $0.currentTree(of: target.reference) }
        let batch = try ledger.store(target.repo).makeBatch()
        let whole: Joined
        let joined: ObjectBatch.Outcome
        do {
            let objects = OverlaidReader(batch, hasLanded ? nil : pieces)
            (whole, joined) = try await blocking { [change] in
                let files = try Self.joined(change.pieces, base, batch, objects)
                return (files, try batch.finish())
            }
        } catch {
            batch.abandon()
            throw error
        }
        if whole.containPieces, !hasLanded {
            let objects = try await blocking { [pieces] in try pieces.finish() }
            try await ledger.write { [target] in try $0.land(objects, in: target.repo) }
            hasLanded = true
        }
        return Round(base: base, files: whole.files, objects: joined)
    }

    /// - Returns: nil where one of the files has changed meanwhile. What else did does not matter: where others never rest, nobody would get
    ///   anything appended.
    func land(_ round: Round) async throws -> ChangeResult? {
        var change = change
        change.pieces = round.files
        change.mode = .overwrite
        return try await ledger.write { [target, change] transaction in
            let current = try transaction.database.currentTree(of: target.reference)
            if current != round.base {
                let reader = TreeReader(try transaction.objects(of: target.repo))
                for path in round.files.map(\.path) {
                    let now = try current.flatMap { try reader.node(at: path, in: $0) }
                    guard try now == round.base.flatMap({ try reader.node(at: path, in: $0) }) else { return nil }
                }
            }
            try transaction.land(round.objects, in: target.repo)
            return try transaction.apply(change, to: target.reference)
        }
    }

    /// Each file as it will be with its pieces behind it. Blocks.
    private static func joined(
        _ pieces: [PlacedFile], _ base: ObjectID?, _ batch: ObjectBatch, _ objects: any ObjectReader
    ) throws -> Joined {
        let reader = TreeReader(objects)
        var order: [FilePath] = []
        var files: [FilePath: StoredFile] = [:]
        var containPieces = false
        for piece in pieces {
            var present = files[piece.path]
            if present == nil, let node = try base.flatMap({ try reader.node(at: piece.path, in: $0) }), node.kind.isFile {
                present = try FileReader(objects).file(node)
            }
            if files[piece.path] == nil { order.append(piece.path) }
            guard let present else {
                files[piece.path] = piece.file
                containPieces = true
                continue
            }
            var ingest = FileIngest(appendingTo: present, writer: batch, reader: objects)
            try FileReader(objects).read(piece.file, range: 0..<piece.file.size) { (bytes) throws(PachError) in try ingest.write(bytes) }
            files[piece.path] = try ingest.finish()
        }
        let joined = order.compactMap { path in files[path].map { PlacedFile(path: path, file: $0) } }
        return Joined(files: joined, containPieces: containPieces)
    }
}
