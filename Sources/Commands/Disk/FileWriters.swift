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
        var path: String
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
    private var lastFolder: Substring = ""

    init(to target: NewFolder, _ meter: ProgressMeter) {
        self.target = target
        self.meter = meter
        lanes = Array(repeating: Lane(), count: ProcessInfo.processInfo.activeProcessorCount + Self.waitingLaneCount)
    }

    /// Writes files, now or soon. The folders that hold them are made where they are not there.
    /// - Parameter base: where a file is in the folder is what remains of its path below `base`.
    func write(_ files: [FileDownload], relativeTo base: FilePath) async throws {
        for file in files {
            let path = file.info.file.path
            try await write(file, to: "\(target.place)/\((path.relative(to: base) ?? path).relativeDescription)")
        }
    }

    private func write(_ file: FileDownload, to path: String) async throws {
        meter.begin(file.info.file.path.description)
        let folder = folder(of: path).dropLast()
        if folder != lastFolder {
            lastFolder = folder
            try makeFolders(String(folder))
            current = (current + 1) % lanes.count
        }
        guard let read = file.content.whole else { return try await writeFile(path, file.content, onPiece: meter.add) }
        lanes[current].group.append(Small(path: path, read: read))
        lanes[current].groupByteCount += Int64(file.range.count)
        if lanes[current].group.count >= Self.groupFileCount || lanes[current].groupByteCount >= Self.groupByteCount {
            try await beginGroup(current)
        }
    }

    /// Returns when all are written and the folder has its name.
    func finish() async throws {
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
                try await blocking {
                    let written = target.isPrivate ? try Self.create(files) : try Self.replace(files)
                    try meter.add(written)
                }
            })
    }

    /// Writes files where nothing is yet.
    /// - Returns: the bytes of all.
    private static func create(_ files: [Small]) throws -> Int {
        var folder: OpenFolder?
        var byteCount = 0
        for file in files {
            let bytes = try file.read()
            if folder?.holds(file.path) != true { folder = try OpenFolder(holding: file.path) }
            try folder?.create(file.path, bytes)
            byteCount += bytes.count
        }
        return byteCount
    }

    /// Writes files that may be there already.
    /// - Returns: the bytes of all.
    private static func replace(_ files: [Small]) throws -> Int {
        var byteCount = 0
        for file in files {
            let bytes = try file.read()
            try writeFile(file.path, bytes)
            byteCount += bytes.count
        }
        return byteCount
    }
}

/// A folder that many files are created in: found once, not anew for each of them.
private final class OpenFolder {
    private let path: Substring
    private let descriptor: Int32

    init(holding path: String) throws {
        self.path = folder(of: path)
        descriptor = open(String(self.path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("Could not open the folder \(quoted(String(self.path)))") }
    }

    deinit {
        close(descriptor)
    }

    /// Whether the file at `path` belongs directly into this folder.
    func holds(_ path: String) -> Bool {
        path.utf8.starts(with: self.path.utf8) && !path.utf8.dropFirst(self.path.utf8.count).contains(UInt8(ascii: "/"))
    }

    func create(_ path: String, _ bytes: [UInt8]) throws {
        let name = String(path[path.utf8.index(path.startIndex, offsetBy: self.path.utf8.count)...])
        let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw systemError("Could not write \(quoted(path))") }
        do {
            try writeAll(bytes, to: file, named: quoted(path))
        } catch {
            close(file)
            throw error
        }
        // A full disk or a quota may show itself only here (close(2)).
        guard close(file) == 0 else { throw systemError("Could not write \(quoted(path))") }
    }
}
