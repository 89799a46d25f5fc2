internal import Files
internal import Metadata
internal import Model
internal import Storage
internal import Threads

/// Walks the files below a folder in order of path, some hundred at a time, as fast as they are consumed.
actor FileWalk {
    struct File: Sendable {
        var path: FilePath
        var stored: StoredFile
    }

    struct Source: Sendable {
        var objects: any ObjectReader
        var commit: CommitRow
        var node: TreeNode
    }

    private static let groupCount = 256

    /// The folders on the way to the present place, each with its entries yet to come.
    private struct Place: Sendable {
        var open: [(path: FilePath, rest: ArraySlice<TreeEntry>)] = []

        /// The next files; none at the end. Blocks.
        mutating func next(_ objects: any ObjectReader) throws -> [File] {
            var files: [File] = []
            while files.count < groupCount, let folder = open.last {
                guard let entry = folder.rest.first else {
                    open.removeLast()
                    continue
                }
                open[open.count - 1].rest.removeFirst()
                let path = folder.path.appending(entry.name)
                if entry.kind.isFile {
                    files.append(File(path: path, stored: try FileReader(objects).file(entry.node)))
                } else {
                    open.append((path, try TreeReader(objects).list(entry.id)[...]))
                }
            }
            return files
        }
    }

    private let start: @Sendable () async throws -> Source
    private let path: FilePath
    private var source: Source?
    private var place = Place()
    private var found: ArraySlice<File> = []

    init(below path: FilePath, start: @escaping @Sendable () async throws -> Source) {
        self.path = path
        self.start = start
    }

    /// The next file, and where its content is.
    func next() async throws -> (file: File, source: Source)? {
        let source = try await begun()
        if found.isEmpty { try await find(source) }
        return found.popFirst().map { ($0, source) }
    }

    /// Some files, at least one, and where their content is.
    func nextGroup() async throws -> (files: ArraySlice<File>, source: Source)? {
        let source = try await begun()
        if found.isEmpty { try await find(source) }
        guard !found.isEmpty else { return nil }
        defer { found = [] }
        return (found, source)
    }

    private func find(_ source: Source) async throws {
        let place = place
        let (files, reached) = try await blocking {
            var place = place
            return (try place.next(source.objects), place)
        }
        self.place = reached
        found = files[...]
    }

    private func begun() async throws -> Source {
        if let source { return source }
        let source = try await start()
        self.source = source
        let path = path
        if source.node.kind == .folder {
            place.open = [(path, try await blocking { try TreeReader(source.objects).list(source.node.id)[...] })]
        } else {
            found = [File(path: path, stored: try await blocking { try FileReader(source.objects).file(source.node) })]
        }
        return source
    }
}
