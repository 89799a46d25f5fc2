/// Where the last lines of a log begin that a filter admits.
public struct LogTail: Sendable, Hashable {
    /// The byte at which the first of them begins; the end of the last whole line where there is none.
    public var offset: Int
    /// How many there are.
    public var count: Int

    /// Looks from the end of the log backwards, no further than it has to.
    /// - Parameter countMax: how many lines are wanted.
    static func find(in file: LogFile, _ filter: LogQueryFilter, countMax: Int) async throws -> LogTail {
        var tail = LogTail(offset: 0, count: 0)
        var place = try await file.byteCount()
        // From `place` on what no line was found in, and once the end of the last whole line is known, up to the line found before.
        var bytes: [UInt8] = []
        var knowsEnd = false
        while true {
            if !knowsEnd, let end = bytes.lastIndex(of: LogFile.lineFeed) {
                knowsEnd = true
                tail.offset = place + end + 1
                bytes.removeSubrange((end + 1)...)
            }
            while knowsEnd, tail.count < countMax, !bytes.isEmpty {
                let before = bytes.dropLast().lastIndex(of: LogFile.lineFeed)
                guard place == 0 || before != nil else { break }
                let start = before.map { $0 + 1 } ?? 0
                if let message = LogFile.message(of: bytes[start...].dropLast()), filter.admits(message) {
                    tail.count += 1
                    tail.offset = place + start
                }
                bytes.removeSubrange(start...)
            }
            guard place > 0, !knowsEnd || tail.count < countMax, !Task.isCancelled else { return tail }
            // A byte that ends no message stands for what is too long to be one.
            if bytes.count > LogFile.lineByteCountMax { bytes = knowsEnd ? [0, LogFile.lineFeed] : [] }
            let start = max(0, place - LogFile.pieceByteCount)
            bytes = try await file.bytes(at: start, count: place - start) + bytes
            place = start
        }
    }
}
