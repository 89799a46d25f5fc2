import Foundation
import Model
import Operations
import Threads

/// Writes many files: small ones in groups, so that reading, inflating and writing them keeps all cores busy; a large one by itself, as
/// it comes.
actor FileWriters {
    private static let groupFileCount = 128
    private static let groupByteCount: Int64 = 4 << 20

    private struct Small: Sendable {
        var path: String
        var read: @Sendable () throws -> [UInt8]
    }

    private let meter: ProgressMeter
    private var group: [Small] = []
    private var groupByteCount: Int64 = 0
    private var underWay: [Task<Void, any Error>] = []
    /// The folder that the last file went to: the next is often its neighbour.
    private var lastFolder: Substring = ""

    init(_ meter: ProgressMeter) {
        self.meter = meter
    }

    /// Writes a file, now or soon. The folders that hold it are made where they are not there.
    func write(_ file: FileDownload, to path: String) async throws {
        meter.begin(file.info.file.path.description)
        if let slash = path.lastIndex(of: "/"), path[..<slash] != lastFolder {
            lastFolder = path[..<slash]
            try makeFolders(String(lastFolder))
        }
        guard let read = file.content.whole else { return try await writeFile(path, file.content, onPiece: meter.add) }
        group.append(Small(path: path, read: read))
        groupByteCount += Int64(file.range.count)
        if group.count >= Self.groupFileCount || groupByteCount >= Self.groupByteCount { try await beginGroup() }
    }

    /// Returns when all are written.
    func finish() async throws {
        try await beginGroup()
        while !underWay.isEmpty { try await underWay.removeFirst().value }
    }

    /// Returns when nothing is being written any more, whatever became of it.
    func settle() async {
        group = []
        while !underWay.isEmpty { _ = await underWay.removeFirst().result }
    }

    private func beginGroup() async throws {
        let files = group
        group = []
        groupByteCount = 0
        if underWay.count > ProcessInfo.processInfo.activeProcessorCount { try await underWay.removeFirst().value }
        underWay.append(
            Task { [meter] in
                try await blocking {
                    for file in files {
                        let bytes = try file.read()
                        try writeFile(file.path, bytes)
                        try meter.add(bytes.count)
                    }
                }
            })
    }
}
