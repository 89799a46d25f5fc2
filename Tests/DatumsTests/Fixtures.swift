import Datums
import Model
import Storage
import Synchronization

/// The store that a test's repos share, and the trees that its branches stand at.
struct Fixture {
    let store = InMemoryStore()
    var trees: InputTrees = [:]

    /// The root that holds `files`, by path and content.
    func root(_ files: [FilePath: String]) throws -> ObjectID {
        let editor = TreeEditor()
        for (path, content) in files { try editor.put(try file(content), at: path) }
        return try editor.apply(to: nil, reader: store, writer: store).root
    }

    func file(_ content: String) throws -> StoredFile {
        try FileIngest.store(Array(content.utf8), to: store)
    }

    /// Puts the head of `repo@master` at `files`.
    mutating func commit(_ repo: String, byPath files: [FilePath: String]) throws {
        trees[try branch(repo)] = try root(files)
    }

    mutating func commit(_ repo: String, _ files: [String: String]) throws {
        try commit(repo, byPath: Dictionary(uniqueKeysWithValues: try files.map { (try FilePath($0), $1) }))
    }

    func planner(_ input: PipelineInput) throws -> DatumPlanner {
        try DatumPlanner(input) { [store] _ in store }
    }

    func all(_ input: PipelineInput) throws -> [Datum] {
        try planner(input).all(in: trees)
    }

    /// The paths of all datums: `ratings:/a train:/b`.
    func listing(_ input: PipelineInput) throws -> [String] {
        try all(input).map(\.summary)
    }
}

func branch(_ repo: String) throws -> Branch { Branch(repo: try RepoName(repo)) }

func pfs(_ repo: String, _ glob: String) throws -> PipelineInput {
    .pfs(PFSInput(repo: try RepoName(repo), glob: glob))
}

extension DatumPlanner {
    func all(in trees: InputTrees) throws -> [Datum] {
        var iterator = try datums(in: trees)
        var all: [Datum] = []
        while let datum = try iterator.next() { all.append(datum) }
        return all
    }
}

extension Datum {
    var summary: String { inputs.map { "\($0.name):\($0.path)" }.joined(separator: " ") }
}

/// Counts what is read.
final class CountingReader: ObjectReader {
    private let base: any ObjectReader
    private let ids = Mutex<[ObjectID]>([])

    init(_ base: any ObjectReader) {
        self.base = base
    }

    func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        ids.withLock { $0.append(id) }
        return try base.read(id)
    }

    func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try base.header(of: id) }
    func contains(_ id: ObjectID) throws(PachError) -> Bool { try base.contains(id) }

    var readIDs: [ObjectID] { ids.withLock { $0 } }
}
