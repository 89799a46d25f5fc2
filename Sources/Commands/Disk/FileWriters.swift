import Foundation
import Model
import Operations
import Synchronization
import Threads

/// Writes many files below a new folder: small ones in groups, so that reading, inflating and writing them keeps all cores busy; a large
/// one by itself, as it comes.
actor FileWriters {
    private static let groupFileCount = 256
    private static let groupByteCount: Int64 = 4 << 20
    /// Groups that may wait for one lane.
    private static let waitingGroupCountMax = 8
    /// Lanes beyond one a core, since now and then one waits for the disk: a file system reads a block of inodes to make one in it.
    private static let waitingLaneCount = 2

    private struct Small: Sendable {
        var folder: FilePath
        var name: FileName
        var read: @Sendable () throws -> [UInt8]
    }

    /// Writes groups one after the other. What is in one folder goes to one lane, since the kernel lets one thread at a time add names
    /// to a folder.
    private struct Lane {
        var group: [Small] = []
        var groupByteCount: Int64 = 0
        var underWay: [Task<Void, any Error>] = []
    }

    private let target: NewFolder
    private let meter: ProgressMeter
    private var lanes: [Lane]
    private var current = 0
    /// The folder that the last file went to: the next is often its neighbour.
    private var lastFolder = FilePath.root

    init(to target: NewFolder, _ meter: ProgressMeter) {
        self.target = target
        self.meter = meter
        lanes = Array(repeating: Lane(), count: ProcessInfo.processInfo.activeProcessorCount + Self.waitingLaneCount)
    }

    /// Writes files, now or soon. The folders that hold them are made where they are not there.
    /// - Parameter base: where a file is in the folder is what remains of its path below `base`.
    func write(_ files: [FileDownload], relativeTo base: FilePath) async throws {
        for file in files {
            try Task.checkCancellation()
            let path = file.info.file.path
            try await write(file, to: path.relative(to: base) ?? path)
        }
    }

    private func write(_ file: FileDownload, to path: FilePath) async throws {
        guard let name = path.name else { throw PachError(.invalidArgument, "'/' is a folder, not a file") }
        meter.begin(file.info.file.path.description)
        let folder = path.parent
        if folder != lastFolder {
            lastFolder = folder
            current = (current + 1) % lanes.count
        }
        guard let read = file.content.whole else {
            return try await target.newFile(name, in: target.root.makeFolder(at: folder)).fill(file.content, onPiece: meter.add)
        }
        lanes[current].group.append(Small(folder: folder, name: name, read: read))
        lanes[current].groupByteCount += Int64(file.range.count)
        if lanes[current].group.count >= Self.groupFileCount || lanes[current].groupByteCount >= Self.groupByteCount {
            try await beginGroup(current)
        }
    }

    /// Returns when all are written and the folder has its name.
    func finish() async throws {
        // Whoever listed the files may have come to an early end where the task is cancelled.
        try Task.checkCancellation()
        for lane in lanes.indices {
            try await beginGroup(lane)
            while !lanes[lane].underWay.isEmpty { try await lanes[lane].underWay.removeFirst().value }
        }
        try await blocking { [target] in try target.finish() }
    }

    /// Takes back what can be taken back, once nothing is being written any more.
    func abandon() async {
        for lane in lanes.indices {
            lanes[lane].group = []
            for group in lanes[lane].underWay { group.cancel() }
            while !lanes[lane].underWay.isEmpty { _ = await lanes[lane].underWay.removeFirst().result }
        }
        target.abandon()
    }

    private func beginGroup(_ lane: Int) async throws {
        let files = lanes[lane].group
        lanes[lane].group = []
        lanes[lane].groupByteCount = 0
        if lanes[lane].underWay.count >= Self.waitingGroupCountMax { try await lanes[lane].underWay.removeFirst().value }
        let previous = lanes[lane].underWay.last
        lanes[lane].underWay.append(
            Task { [meter, target] in
                try await previous?.value
                try Task.checkCancellation()
                meter.add(try await blocking { try Self.write(files, to: target) })
            })
    }

    /// - Returns: the bytes of all.
    private static func write(_ files: [Small], to target: NewFolder) throws -> Int {
        // Found once, not anew for each of its files.
        var current = (path: FilePath.root, folder: target.root)
        var byteCount = 0
        for file in files {
            let bytes = try file.read()
            if current.path != file.folder { current = (file.folder, try target.root.makeFolder(at: file.folder)) }
            try target.newFile(file.name, in: current.folder).fill(bytes)
            byteCount += bytes.count
        }
        return byteCount
    }
}
