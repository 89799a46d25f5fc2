internal import Metadata
internal import Model
internal import Storage
internal import Synchronization
internal import Threads

/// How far a download is.
final class Position: Sendable {
    private let rest: Mutex<Range<Int64>>

    init(_ range: Range<Int64>) {
        rest = Mutex(range)
    }

    /// The next part, at most `length` bytes; nil at the end.
    func advance(by length: Int64) -> Range<Int64>? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            let end = min(rest.lowerBound + length, rest.upperBound)
            defer { rest = end..<rest.upperBound }
            return rest.lowerBound..<end
        }
    }
}

/// Walks the files below a folder, a folder's listing at a time, as fast as they are consumed.
actor FileWalk {
    typealias Start = @Sendable () async throws -> (objects: any ObjectReader, commit: CommitRow, node: TreeNode)

    private let start: Start
    private let path: FilePath
    private var source: (objects: any ObjectReader, commit: CommitRow)?
    private var open: [(path: FilePath, rest: ArraySlice<TreeEntry>)] = []

    init(start: @escaping Start, path: FilePath) {
        self.start = start
        self.path = path
    }

    func next(_ engine: Engine) async throws -> FileInfo? {
        if source == nil {
            let (objects, commit, node) = try await start()
            source = (objects, commit)
            guard node.kind == .folder else { return try await info(engine, path, node) }
            open = [(path, try await list(node.id))]
        }
        while let folder = open.last {
            guard let entry = folder.rest.first else {
                open.removeLast()
                continue
            }
            open[open.count - 1].rest.removeFirst()
            let path = folder.path.appending(entry.name)
            if entry.kind.isFile { return try await info(engine, path, entry.node) }
            open.append((path, try await list(entry.id)))
        }
        return nil
    }

    private func list(_ id: ObjectID) async throws -> ArraySlice<TreeEntry> {
        guard let objects = source?.objects else { preconditionFailure("a walk lists after it started") }
        return try await blocking { try TreeReader(objects).list(id)[...] }
    }

    private func info(_ engine: Engine, _ path: FilePath, _ node: TreeNode) async throws -> FileInfo {
        guard let (objects, commit) = source else { preconditionFailure("a walk finds files after it started") }
        return try await blocking { try engine.fileInfo(commit, path, node, TreeReader(objects)) }
    }
}

/// Objects of two repos, as if they were of one.
struct OverlaidReader: ObjectReader {
    private let first: any ObjectReader
    private let second: (any ObjectReader)?

    init(_ first: any ObjectReader, _ second: (any ObjectReader)?) {
        self.first = first
        self.second = second
    }

    private func owner(of id: ObjectID) throws(PachError) -> any ObjectReader {
        if let second, try !first.contains(id) { return second }
        return first
    }

    func read(_ id: ObjectID) throws(PachError) -> StoredObject { try owner(of: id).read(id) }
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try owner(of: id).header(of: id) }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if try first.contains(id) { return true }
        return try second?.contains(id) ?? false
    }
}
