import CStatfs
import Files
import Foundation
import Model
import Operations
import Synchronization
import Threads

/// All that the disk says of a folder at one moment but its content: names and stamps of the files in it and below, links followed; and
/// what a `StatCache` knows of their content. On all cores.
struct FolderScan: Sendable {
    /// More files are walked one after the other, so that memory does not grow with them (invariant 8).
    private static let fileCountMax = 2_000_000
    /// Files that one core looks at in one go.
    private static let pieceCount = 2048

    struct Folder: Sendable {
        /// On the disk.
        let place: String
        /// What holds it; nil for the one that was asked for.
        let parent: Int?
        /// Where the cache has it.
        fileprivate let earlier: StatCache.Folder?
        fileprivate var identity: FileStatus.Identity?
        /// Whether times of change are those of this machine's clock, and so can be relied on.
        fileprivate var hasOwnClock = false
        /// Each ended by a NUL, in the order in which the folder has them.
        fileprivate(set) var names: [UInt8] = []
        /// Where each name begins, and at the end where the next would.
        fileprivate var starts: [Int] = [0]
        /// For each name where the cache has it; nil where that is at the same place.
        fileprivate var earlierIndexes: [Int?]?
        /// One for each name.
        var records: [StatRecord] = []

        fileprivate init(_ place: String, in parent: Int?, earlier: StatCache.Folder?) {
            self.place = place
            self.parent = parent
            self.earlier = earlier
        }

        var count: Int { starts.count - 1 }

        func name(_ index: Int) -> ArraySlice<UInt8> {
            names[starts[index]..<starts[index + 1] - 1]
        }

        /// The indexes of the names, as their bytes sort.
        var nameOrder: [Int] {
            names.withUnsafeBytes { names in
                (0..<count).sorted { left, right in
                    let (left, right) = (starts[left]..<starts[left + 1], starts[right]..<starts[right + 1])
                    guard let base = names.baseAddress else { return false }
                    // The NUL behind the shorter one sorts before anything that the longer one has there.
                    return memcmp(base + left.lowerBound, base + right.lowerBound, min(left.count, right.count)) < 0
                }
            }
        }

        func place(of index: Int) -> String {
            let name = String(decoding: name(index), as: UTF8.self)
            return place.hasSuffix("/") ? place + name : "\(place)/\(name)"
        }

        /// Whether the file's time of change can be relied on; a link may lead to another file system.
        func isReliable(_ file: StatRecord) -> Bool {
            hasOwnClock && file.device == identity?.device
        }

        fileprivate func earlierRecord(_ index: Int) -> StatRecord? {
            guard let earlier else { return nil }
            guard let earlierIndexes else { return earlier[index] }
            return earlierIndexes[index].map { earlier[$0] }
        }

        /// Finds the names in the cache: most often nothing was added or removed, and they are the same in the same order.
        fileprivate mutating func matchNames() {
            guard let earlier, names[...] != earlier.names else { return }
            var indexes: [ArraySlice<UInt8>: Int] = [:]
            for name in earlier.names.split(separator: 0) { indexes[name] = indexes.count }
            earlierIndexes = (0..<count).map { indexes[name($0)] }
        }
    }

    /// Nanoseconds since 1970.
    let begun: UInt64
    /// The first is the one that was asked for; others come after the one that holds them.
    var folders: [Folder]
    private(set) var fileCount = 0
    private(set) var byteCount: UInt64 = 0

    /// - Parameters:
    ///   - root: the folder's path.
    ///   - cache: what is known of it.
    ///   - now: the time, taken before.
    /// - Returns: nil where there is something that cannot be put or are too many files: `FolderWalk` then finds what is the matter.
    init?(_ root: String, _ cache: StatCache?, now: Timestamp) async throws {
        begun = UInt64(clamping: now.microseconds) * 1000
        folders = [Folder(root, in: nil, earlier: cache?.folders.first)]
        var level = 0..<1
        while !level.isEmpty {
            let unlisted = folders[level]
            let listed = try await Self.onAllCores(unlisted.count) { Self.listed(unlisted[unlisted.startIndex + $0]) }
            for (index, folder) in zip(level, listed) {
                guard let folder, !leadsBack(folder, index) else { return nil }
                folders[index] = folder
                fileCount += folder.count
            }
            guard fileCount <= Self.fileCountMax else { return nil }
            guard try await look(at: level, cache) else { return nil }
            level = level.upperBound..<folders.count
        }
        fileCount -= folders.count - 1
    }

    /// A link may lead to a folder that holds it.
    private func leadsBack(_ folder: Folder, _ index: Int) -> Bool {
        var above = folders[index].parent
        while let parent = above {
            if folders[parent].identity == folder.identity { return true }
            above = folders[parent].parent
        }
        return false
    }

    /// Adds the records of some folders, and the folders in them.
    /// - Returns: false where there is something that cannot be put.
    private mutating func look(at level: Range<Int>, _ cache: StatCache?) async throws -> Bool {
        let known = folders
        let pieces = level.flatMap { folder in
            stride(from: 0, to: known[folder].count, by: Self.pieceCount).map {
                (folder: folder, range: $0..<min(known[folder].count, $0 + Self.pieceCount))
            }
        }
        let looks = try await Self.onAllCores(pieces.count) { Look(known[pieces[$0].folder], pieces[$0].range) }
        for (piece, look) in zip(pieces, looks) {
            guard let look else { return false }
            folders[piece.folder].records += look.records
            byteCount &+= look.byteCount
            for (index, earlier) in look.folders {
                var record = StatRecord(folder: folders.count)
                record.contentID = earlier?.contentID
                folders[piece.folder].records[index] = record
                let below = earlier?.folderIndex.flatMap { cache?.folder($0) }
                folders.append(Folder(known[piece.folder].place(of: index), in: piece.folder, earlier: below))
            }
        }
        return true
    }

    /// The folder with the names in it; nil where it cannot be read.
    private static func listed(_ folder: Folder) -> Folder? {
        var folder = folder
        do {
            let stream = try FolderStream(folder.place)
            folder.identity = try stream.status().identity
            folder.hasOwnClock = hasOwnClock(stream.descriptor)
            try stream.forEachName { (name) throws(PachError) in
                folder.names += name
                folder.names.append(0)
                folder.starts.append(folder.names.count)
            }
        } catch {
            return nil
        }
        folder.matchNames()
        return folder
    }

    /// Whether a file system gives its files times by the clock of this machine: a server's may be behind, so that a file that is written
    /// to now seems to be old.
    private static func hasOwnClock(_ descriptor: Int32) -> Bool {
        var status = statfs()
        guard fstatfs(descriptor, &status) == 0 else { return false }
        // ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, bcachefs, ZFS (statfs(2); linux/magic.h)
        return [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0xF2F5_2010, 0xCA45_1A4E, 0x2FC1_2FC1]
            .contains(UInt32(truncatingIfNeeded: status.f_type))
    }

    /// The results of some pieces of work, which are done side by side.
    private static func onAllCores<Value: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) -> Value) async throws -> [Value] {
        let shared = Shared<Value>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(count, ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask {
                    try await blocking {
                        while true {
                            let number = shared.next.add(1, ordering: .relaxed).oldValue
                            guard number < count else { return }
                            let value = work(number)
                            shared.results.withLock { $0.append((number, value)) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        return shared.results.withLock { $0.sorted { $0.0 < $1.0 }.map(\.1) }
    }

    private final class Shared<Value: Sendable>: Sendable {
        let next = Atomic(0)
        let results = Mutex<[(Int, Value)]>([])
    }
}

/// What the disk says of some of the names in a folder.
private struct Look: Sendable {
    private(set) var records: [StatRecord] = []
    private(set) var byteCount: UInt64 = 0
    /// Those of the names that stand for folders, and what a cache has of them.
    private(set) var folders: [(index: Int, earlier: StatRecord?)] = []

    /// - Returns: nil where there is something that cannot be put.
    init?(_ folder: FolderScan.Folder, _ range: Range<Int>) {
        let descriptor = open(folder.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        records.reserveCapacity(range.count)
        for index in range {
            var status = stat()
            let isThere = folder.names.withUnsafeBytes { names in
                guard let start = names.baseAddress else { return false }
                return fstatat(descriptor, (start + folder.starts[index]).assumingMemoryBound(to: CChar.self), &status, 0) == 0
            }
            guard isThere else { return nil }
            let earlier = folder.earlierRecord(index)
            var record = StatRecord(status)
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                byteCount &+= record.size
                if let earlier, folder.isReliable(record) { record.learn(from: earlier) }
            case S_IFDIR:
                folders.append((index, earlier.flatMap { $0.isFolder ? $0 : nil }))
            default:
                return nil
            }
            records.append(record)
        }
    }
}
