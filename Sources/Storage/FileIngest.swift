import Files
public import Model

/// Stores one file from a stream of its bytes, in the form that its bytes alone decide (invariant 9): a file that grew by
/// appending is stored as if it had been written at once.
///
/// Cutting goes ahead of what the writer does with the chunks, by so many at most, whatever the file's size (invariant 8). Calls block. Not
/// for several threads at once.
public struct FileIngest: ~Copyable {
    /// Chunks that are being written while the next ones are cut. A writer that has that many threads to spare holds their bytes.
    private static let underWayCountMax = 32

    /// How long the pieces of a file are best, where that can be chosen.
    public static let pieceByteCount = 4 << 20

    private let writer: any ObjectWriter
    /// Nil as long as the file is small enough to be one blob.
    private var builder: ChunkTreeBuilder?
    private var chunker = Chunker()
    /// The bytes that no object holds yet: the small file, or the chunk that has not ended.
    private var pending: [UInt8] = []
    /// Chunks that are being written, in the file's order.
    private var underWay: [(object: PendingObject, size: Int)] = []
    /// What is appended to, until there is something to append.
    private var base: StoredFile?
    private let reader: (any ObjectReader)?

    /// Begins an empty file.
    /// - Parameter byteCount: how long it will be, as far as that is known.
    public init(writer: any ObjectWriter, byteCount: Int? = nil) {
        self.writer = writer
        reader = nil
        if let byteCount, byteCount > StorageFormat.fileSizeMax {
            writer.expect(objectCount: byteCount / Chunker.sizeMean, byteCount: byteCount)
        }
    }

    /// Begins with the content of `base`; costs O(log n) of its size, once there is something to append.
    /// - Parameter reader: Where `base` can be read.
    public init(appendingTo base: StoredFile, writer: any ObjectWriter, reader: any ObjectReader) {
        self.writer = writer
        self.reader = reader
        self.base = base
    }

    /// Stores a file that has these bytes.
    public static func store(_ bytes: [UInt8], to writer: any ObjectWriter) throws(PachError) -> StoredFile {
        var ingest = FileIngest(writer: writer)
        try ingest.write(bytes)
        return try ingest.finish()
    }

    /// Bytes so far, those of the file that is appended to included.
    public var size: Int {
        base?.size ?? pending.count + underWay.reduce(builder?.size ?? 0) { $0 + $1.size }
    }

    /// Continues the file with `bytes`. An ingest that has thrown is of no further use.
    ///
    /// Chunks that lie in `bytes` as a whole are not copied, but hold on to them: pieces of `pieceByteCount` have few others.
    public mutating func write(_ bytes: [UInt8]) throws(PachError) {
        guard !bytes.isEmpty else { return }
        try takeUpBase()
        if builder == nil {
            guard pending.count + bytes.count > StorageFormat.fileSizeMax else {
                if pending.isEmpty { pending = bytes } else { pending += bytes }
                return
            }
            builder = ChunkTreeBuilder(writer: writer)
            let small = pending
            pending = []
            try feed(small)
        }
        try feed(bytes)
    }

    /// The same, of bytes that are the caller's: they are copied.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(PachError) {
        try write(Array(bytes))
    }

    /// Stores what is left and names the file.
    public consuming func finish() throws(PachError) -> StoredFile {
        if let base { return base }
        if builder != nil, !pending.isEmpty { try store([ByteSlice(pending)]) }
        while !underWay.isEmpty { try takeFirst() }
        if var builder = builder.take() {
            return StoredFile(isChunked: true, id: try builder.finish(), size: builder.size)
        }
        return StoredFile(isChunked: false, id: try writer.write(.blob, pending), size: pending.count)
    }

    /// Cuts `bytes`, and has the chunks that end in them written together.
    private mutating func feed(_ bytes: [UInt8]) throws(PachError) {
        var rest = bytes[...]
        var chunks: [ByteSlice] = []
        while let length = rest.withBytes({ chunker.cut($0) }) {
            let end = rest.startIndex + length
            if pending.isEmpty {
                chunks.append(ByteSlice(bytes, rest.startIndex..<end))
            } else {
                chunks.append(ByteSlice(pending + rest[..<end]))
                pending = []
            }
            rest = rest[end...]
        }
        pending += rest
        var left = chunks[...]
        while !left.isEmpty {
            try store(Array(left.prefix(Self.underWayCountMax)))
            left = left.dropFirst(Self.underWayCountMax)
        }
    }

    private mutating func store(_ chunks: [ByteSlice]) throws(PachError) {
        while !underWay.isEmpty, underWay.count + chunks.count > Self.underWayCountMax { try takeFirst() }
        underWay += zip(writer.beginWriting(.blob, chunks), chunks).map { ($0, $1.count) }
    }

    private mutating func takeFirst() throws(PachError) {
        let (object, size) = underWay.removeFirst()
        try builder?.append(try object.id(), size: size)
    }

    private mutating func takeUpBase() throws(PachError) {
        guard let base = base.take(), let reader else { return }
        guard base.isChunked else {
            pending = try reader.blob(base.id).bytes
            guard pending.count == base.size else {
                throw PachError(.corrupt, "blob \(base.id) has \(pending.count) bytes, not \(base.size)")
            }
            return
        }
        var builder = ChunkTreeBuilder(writer: writer)
        let last = try builder.resume(base.id, from: reader)
        self.builder = builder
        // The last chunk ended because the file did. Cut it again, from its start, with what follows.
        try feed(try reader.chunk(last))
    }
}
