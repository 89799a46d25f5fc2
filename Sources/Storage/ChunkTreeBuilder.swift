import Model

/// Makes a chunk tree from its chunks, in order, holding one open group per level.
struct ChunkTreeBuilder {
    private let writer: any ObjectWriter
    /// The open group of each level, chunks first. A complete group stays open until an entry follows it: only then is it
    /// known not to be the root, which is written differently.
    private var levels: [[ChunkEntry]] = [[]]
    private(set) var size = 0

    init(writer: any ObjectWriter) {
        self.writer = writer
    }

    /// Takes up the tree `root`, less its last chunk, which has to be cut again with what follows it. Reads one group a level.
    /// - Returns: that chunk.
    mutating func resume(_ root: ObjectID, from reader: any ObjectReader) throws(PachError) -> ChunkEntry {
        precondition(levels == [[]], "a builder resumes before it is given chunks")
        var spine: [[ChunkEntry]] = []
        var id = root
        while true {
            var group = try ChunkTree.read(id, depth: spine.count, from: reader)
            let last = group.removeLast()
            size += group.reduce(0) { $0 + $1.size }
            spine.append(group)
            guard last.isGroup else {
                levels = spine.reversed()
                return last
            }
            id = last.id
        }
    }

    mutating func append(_ chunk: ObjectID, size chunkSize: Int) throws(PachError) {
        size += chunkSize
        guard size < StorageFormat.chunkedFileSizeLimit else {
            throw PachError(.tooLarge, "a file can have at most \(StorageFormat.chunkedFileSizeLimit - 1) bytes")
        }
        try append(ChunkEntry(id: chunk, size: chunkSize, isGroup: false), at: 0)
    }

    /// Writes what is open.
    /// - Returns: the id of the root.
    mutating func finish() throws(PachError) -> ObjectID {
        var level = 0
        while levels[(level + 1)...].contains(where: { !$0.isEmpty }) {
            try close(level)
            level += 1
        }
        _ = try writer.write(.blob, StorageFormat.attributes)
        return try writer.write(.tree, ChunkTree.encode(levels[level], isRoot: true))
    }

    private mutating func append(_ entry: ChunkEntry, at level: Int) throws(PachError) {
        if level == levels.count { levels.append([]) }
        if let last = levels[level].last, ChunkTree.groupEnds(behind: last.id, count: levels[level].count) {
            try close(level)
        }
        levels[level].append(entry)
    }

    private mutating func close(_ level: Int) throws(PachError) {
        let group = levels[level]
        let id = try writer.write(.tree, ChunkTree.encode(group, isRoot: false))
        levels[level].removeAll(keepingCapacity: true)
        try append(ChunkEntry(id: id, size: group.reduce(0) { $0 + $1.size }, isGroup: true), at: level + 1)
    }
}
