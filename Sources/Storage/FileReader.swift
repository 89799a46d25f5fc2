import Files
public import Model

/// Reads a stored file, in pieces of at most 1 MiB. Calls block.
public struct FileReader: Sendable {
    private let objects: any ObjectReader

    public init(_ objects: any ObjectReader) {
        self.objects = objects
    }

    /// The file that `node` is, with its size.
    /// - Throws: `invalidArgument` for a folder.
    public func file(_ node: TreeNode) throws(PachError) -> StoredFile {
        switch node.kind {
        case .file:
            let header = try objects.header(of: node.id)
            guard header.kind == .blob else {
                throw PachError(.corrupt, "object \(node.id) is a \(header.kind.word), where a blob should be")
            }
            return StoredFile(isChunked: false, id: node.id, size: header.size)
        case .chunkedFile:
            let size = try ChunkTree.read(node.id, depth: 0, from: objects).reduce(0) { $0 + $1.size }
            return StoredFile(isChunked: true, id: node.id, size: size)
        case .folder:
            throw PachError(.invalidArgument, "tree \(node.id) is a folder, not a file")
        }
    }

    /// Gives the whole file to `body`, piece by piece, in order.
    public func read(_ node: TreeNode, _ body: (UnsafeRawBufferPointer) throws(PachError) -> Void) throws(PachError) {
        switch node.kind {
        case .file:
            try objects.blob(node.id).bytes.withBytes { (bytes) throws(PachError) in
                if !bytes.isEmpty { try body(bytes) }
            }
        case .chunkedFile:
            try visit(node.id, depth: 0, size: nil, from: 0, to: .max, body)
        case .folder:
            throw PachError(.invalidArgument, "tree \(node.id) is a folder, not a file")
        }
    }

    /// Gives the bytes of `file` at `range` to `body`, piece by piece, in order; what the range has beyond the file's end is
    /// left out. Opens only what holds the range, and O(log n) trees to find it.
    public func read(
        _ file: StoredFile, range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(PachError) -> Void
    ) throws(PachError) {
        let range = range.clamped(to: 0..<file.size)
        guard !range.isEmpty else { return }
        if file.isChunked {
            try visit(file.id, depth: 0, size: nil, from: range.lowerBound, to: range.upperBound, body)
        } else {
            try blob(file).withBytes { (bytes) throws(PachError) in try body(bytes.slice(range)) }
        }
    }

    /// The bytes of `file` at `range`, or all, at once: for files that are known to be small.
    public func bytes(_ file: StoredFile, range: Range<Int>? = nil) throws(PachError) -> [UInt8] {
        if !file.isChunked, range ?? 0..<file.size == 0..<file.size { return try blob(file) }
        var result: [UInt8] = []
        try read(file, range: range ?? 0..<file.size) { result += $0 }
        return result
    }

    private func blob(_ file: StoredFile) throws(PachError) -> [UInt8] {
        let bytes = try objects.blob(file.id).bytes
        guard bytes.count == file.size else {
            throw PachError(.corrupt, "blob \(file.id) has \(bytes.count) bytes, not \(file.size)")
        }
        return bytes
    }

    /// Visits the bytes of the group `id` from `start` up to `end`, both counted from the group's own beginning.
    /// - Parameter size: The bytes below it, as the group above says; nil for the root.
    private func visit(
        _ id: ObjectID, depth: Int, size: Int?, from start: Int, to end: Int, _ body: (UnsafeRawBufferPointer) throws(PachError) -> Void
    ) throws(PachError) {
        let group = try ChunkTree.read(id, depth: depth, from: objects)
        if let size {
            let sum = group.reduce(0) { $0 + $1.size }
            guard sum == size else { throw PachError(.corrupt, "tree \(id) has \(sum) bytes below it, not \(size) as its name says") }
        }
        var offset = 0
        for entry in group {
            let here = offset
            offset += entry.size
            guard offset > start else { continue }
            guard here < end else { return }
            let from = max(start - here, 0), to = min(end - here, entry.size)
            if entry.isGroup {
                try visit(entry.id, depth: depth + 1, size: entry.size, from: from, to: to, body)
            } else {
                try objects.chunk(entry).withBytes { (bytes) throws(PachError) in try body(bytes.slice(from..<to)) }
            }
        }
    }
}
