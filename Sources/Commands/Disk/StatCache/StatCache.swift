import Crypto
import Files
import Foundation
import Model

/// What is remembered of a folder that was put: each file's size, times, inode and content id, so that a file that is as it was need not be
/// read again. See docs/design/0006-stat-cache.md.
///
/// One file for each folder that was put, among the user's caches. It is checked against a hash of itself; one that is damaged, of another
/// folder or of another form is as good as none.
struct StatCache: Sendable {
    /// Folders that are remembered; the one that was put longest ago is forgotten for another.
    private static let countMax = 64
    private static let magic = Array("pach-stat-cache 1\n".utf8)
    /// What a folder begins with: how many records and how many bytes of names it has.
    private static let folderHeaderByteCount = 16

    /// A folder's names, each ended by a NUL, and a record for each.
    struct Folder: Sendable {
        let names: ArraySlice<UInt8>
        let records: ArraySlice<UInt8>

        var count: Int { records.count / MemoryLayout<StatRecord>.stride }

        subscript(_ index: Int) -> StatRecord {
            records.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * MemoryLayout<StatRecord>.stride, as: StatRecord.self) }
        }
    }

    /// The first is the one that was put.
    let folders: [Folder]

    func folder(_ index: Int) -> Folder? {
        folders.indices.contains(index) ? folders[index] : nil
    }

    private init(folders: [Folder]) {
        self.folders = folders
    }

    /// Where the user's programs keep what they can make again (XDG Base Directory Specification); nil where that is not known.
    static func place(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/pach/stat" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/pach/stat" }
        return nil
    }

    private static func path(of source: String, in place: String) -> String {
        "\(place)/\(SHA256.hash(data: Array(source.utf8)).prefix(16).map { String(format: "%02x", $0) }.joined())"
    }

    /// What is remembered of the folder `source`; nil for nothing. Blocks.
    /// - Parameter source: without links.
    static func read(_ source: String, in place: String) -> StatCache? {
        let path = path(of: source, in: place)
        do {
            let file = try File.open(path)
            return StatCache(try file.read(at: 0, count: file.byteCount()), of: source)
        } catch {
            // One that cannot be read, for whatever reason, is as good as none: the files are read again.
            return nil
        }
    }

    private init?(_ bytes: [UInt8], of source: String) {
        let start = Self.magic + Array(source.utf8) + [0]
        let end = bytes.count - SHA256.byteCount
        guard end >= start.count, bytes.starts(with: start),
            bytes.withUnsafeBytes({ all in
                var hash = SHA256()
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: all[..<end]))
                return hash.finalize().elementsEqual(all[end...])
            })
        else { return nil }
        var folders: [Folder] = []
        var rest = bytes[start.count..<end]
        while !rest.isEmpty {
            guard rest.count >= Self.folderHeaderByteCount else { return nil }
            let (count, nameByteCount) = rest.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            rest = rest.dropFirst(Self.folderHeaderByteCount)
            guard count <= rest.count / MemoryLayout<StatRecord>.stride, nameByteCount <= rest.count else { return nil }
            let recordByteCount = Int(count) * MemoryLayout<StatRecord>.stride
            guard recordByteCount + Int(nameByteCount) <= rest.count else { return nil }
            let records = rest.prefix(recordByteCount)
            rest = rest.dropFirst(recordByteCount)
            folders.append(Folder(names: rest.prefix(Int(nameByteCount)), records: records))
            rest = rest.dropFirst(Int(nameByteCount))
        }
        guard !folders.isEmpty else { return nil }
        self.folders = folders
    }

    /// Remembers a folder. That it fails is of no consequence but time, so it is not told. Blocks.
    /// - Parameters:
    ///   - source: the folder's path, without links.
    ///   - folders: names and records of each, as `folders` has them.
    static func write(_ folders: [(names: [UInt8], records: [StatRecord])], of source: String, in place: String) {
        var bytes = magic + Array(source.utf8) + [0]
        bytes.reserveCapacity(
            folders.reduce(bytes.count + SHA256.byteCount) {
                $0 + folderHeaderByteCount + $1.names.count + $1.records.count * MemoryLayout<StatRecord>.stride
            })
        for (names, records) in folders {
            withUnsafeBytes(of: (UInt64(records.count), UInt64(names.count))) { bytes += $0 }
            records.withUnsafeBytes { bytes += $0 }
            bytes += names
        }
        bytes += Array(SHA256.hash(data: bytes))
        do {
            try makeFolders(place, mode: 0o700)
            // Not synced: what a power cut leaves of it does not have the hash.
            try writeFile(path(of: source, in: place), bytes, mode: 0o600)
            try forgetOldest(place)
        } catch {
            return
        }
    }

    private static func forgetOldest(_ place: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: place)
        guard names.count > countMax else { return }
        var known: [(time: Date, path: String)] = []
        for name in names {
            let path = "\(place)/\(name)"
            known.append((try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date ?? .distantPast, path))
        }
        known.sort { $0.time < $1.time }
        for (_, path) in known.prefix(names.count - countMax) { unlink(path) }
    }
}
