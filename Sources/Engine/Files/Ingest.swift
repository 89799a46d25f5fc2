internal import Foundation
internal import GitStore
internal import Model
internal import Operations
internal import Storage
internal import Synchronization
internal import Threads

/// Stores the content of files that arrive; nothing names it yet.
///
/// Small files are taken in groups, so that reading, hashing and deflating them keeps all cores busy and no file costs a change of
/// threads; a large one is taken piece by piece as it comes.
struct Ingest: Sendable {
    /// Files that one change may bring.
    static let fileCountMax = 2_000_000
    private static let groupFileCountMax = 256
    private static let groupByteCountMax: Int64 = 4 << 20

    private let batch: ObjectBatch

    init(_ batch: ObjectBatch) {
        self.batch = batch
    }

    /// Small files that wait to be stored together.
    private struct Group {
        /// Where the first of them stands among all files.
        var start: Int
        var files: [(path: FilePath, read: @Sendable () throws -> [UInt8])] = []
        var byteCount: Int64 = 0

        var isFull: Bool { files.count >= groupFileCountMax || byteCount >= groupByteCountMax }
    }

    /// - Returns: the files in the order in which they came.
    func store(_ files: FileUploads) async throws -> [PlacedFile] {
        try await withThrowingTaskGroup(of: (start: Int, files: [PlacedFile]).self) { tasks in
            var stored: [PlacedFile?] = []
            var group = Group(start: 0)
            var underWay = 0

            func takeResult() async throws {
                guard let result = try await tasks.next() else { return }
                underWay -= 1
                stored.replaceSubrange(result.start..<result.start + result.files.count, with: result.files as [PlacedFile?])
            }
            func begin(_ full: Group) async throws {
                guard !full.files.isEmpty else { return }
                // One more than there are cores, so that none waits while the next group is being found.
                if underWay > ProcessInfo.processInfo.activeProcessorCount { try await takeResult() }
                underWay += 1
                tasks.addTask { (full.start, try await blocking { try self.store(full) }) }
            }

            for try await upload in files {
                guard !upload.path.isRoot else {
                    throw PachError(
                        .invalidArgument, "must specify filename when reading data from stdin", hint: "Write repo@branch:/name.")
                }
                guard stored.count < Self.fileCountMax else {
                    throw PachError(
                        .tooLarge, "more than \(Self.fileCountMax) files in one change",
                        hint: "Open a commit with 'pach start commit' and put them in several steps.")
                }
                if let read = upload.content.whole {
                    group.files.append((upload.path, read))
                    group.byteCount += upload.sizeBytes ?? Int64(ByteStream.wholeByteCountMax)
                    stored.append(nil)
                } else {
                    stored.append(PlacedFile(path: upload.path, file: try await store(upload.content, byteCount: upload.sizeBytes)))
                }
                if group.isFull || upload.content.whole == nil {
                    try await begin(group)
                    group = Group(start: stored.count)
                }
            }
            try await begin(group)
            while underWay > 0 { try await takeResult() }
            return stored.compactMap(\.self)
        }
    }

    private func store(_ group: Group) throws -> [PlacedFile] {
        try group.files.map { path, read in PlacedFile(path: path, file: try FileIngest.store(try read(), to: batch)) }
    }

    private func store(_ content: ByteStream, byteCount: Int64?) async throws -> StoredFile {
        let byteCount = byteCount.map { Int($0) }
        if let pieces = content.blockingPieces {
            return try await blocking {
                var ingest = FileIngest(writer: batch, byteCount: byteCount)
                let next = pieces()
                while let piece = try next(FileIngest.pieceByteCount) { try ingest.write(piece) }
                return try ingest.finish()
            }
        }
        let ingest = StreamIngest(batch, byteCount: byteCount)
        try await withThrowingTaskGroup(of: Void.self) { taken in
            for try await piece in content {
                // One piece is taken in while the next one is read.
                try await taken.next()
                taken.addTask { try await ingest.write(piece) }
            }
            try await taken.waitForAll()
        }
        return try await ingest.finish()
    }
}

/// Takes in one file, piece by piece, on threads that may wait: storing a piece hashes, deflates and writes.
final class StreamIngest: Sendable {
    /// Pieces of files that are taken in at a time, over all uploads.
    private static let threadCountMax = 32

    /// Not those of libdispatch, which are as few as a few hundred: where clients took all of them, none was left to write what they wait for.
    private static let threads = BlockingThreads(countMax: threadCountMax)

    private let ingest: Mutex<FileIngest?>

    init(_ batch: ObjectBatch, byteCount: Int?) {
        ingest = Mutex(FileIngest(writer: batch, byteCount: byteCount))
    }

    func write(_ piece: [UInt8]) async throws {
        try await Self.threads.run {
            try self.ingest.withLock { ingest in
                guard var current = ingest.take() else { preconditionFailure("a file that is finished takes no more bytes") }
                try current.write(piece)
                ingest = consume current
            }
        }
    }

    func finish() async throws -> StoredFile {
        try await Self.threads.run {
            guard let current = self.ingest.withLock({ $0.take() }) else { preconditionFailure("a file is finished once") }
            return try current.finish()
        }
    }
}
