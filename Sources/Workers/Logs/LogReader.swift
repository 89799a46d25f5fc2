public import Model

/// The lines of a job's log that a filter admits, oldest first. They are read when they are asked for, a piece of the file at a time. For one
/// task at a time.
public actor LogReader {
    private let file: LogFile
    private let filter: LogQueryFilter
    private var offset: Int
    /// A signal for each time that something is added; nil where nobody waits for that.
    private var changes: AsyncStream<Void>?
    /// The beginning of a line whose end was not read yet.
    private var partial: [UInt8] = []
    private var messages: ArraySlice<LogMessage> = []

    init(_ file: LogFile, _ filter: LogQueryFilter, from offset: Int, changes: AsyncStream<Void>?) {
        self.file = file
        self.filter = filter
        self.offset = offset
        self.changes = changes
    }

    /// The next line; nil at the end, and where the task is cancelled.
    public func next() async throws -> LogMessage? {
        while messages.isEmpty {
            guard !Task.isCancelled else { return nil }
            if try await readPiece() { continue }
            guard let changes else { return nil }
            // What was added last is read before the end.
            if await !Self.isChanged(changes) { self.changes = nil }
        }
        return messages.popFirst()
    }

    /// - Returns: whether there was anything to read.
    private func readPiece() async throws -> Bool {
        let bytes = try await file.bytes(at: offset, count: LogFile.pieceByteCount)
        guard !bytes.isEmpty else { return false }
        offset += bytes.count
        partial += bytes
        if let end = partial.lastIndex(of: LogFile.lineFeed) {
            let lines = partial[...end].split(separator: LogFile.lineFeed)
            messages = lines.compactMap(LogFile.message).filter(filter.admits)[...]
            partial.removeSubrange(...end)
        }
        // A byte that begins no message stands for what is too long to be one.
        if partial.count > LogFile.lineByteCountMax { partial = [0] }
        return true
    }

    /// Waits for a change.
    /// - Returns: false where none comes any more.
    private static func isChanged(_ changes: AsyncStream<Void>) async -> Bool {
        for await _ in changes { return true }
        return false
    }
}
