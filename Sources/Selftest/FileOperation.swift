internal import CFaultRecord
internal import Foundation

/// One file operation of a program, as the library `pachfaults` recorded it.
struct FileOperation: Sendable {
    enum Kind: Sendable, Hashable {
        case open, read, write, truncate, sync, rename, link, unlink, makeFolder, removeFolder

        fileprivate init?(_ letter: UInt8) {
            switch UInt32(letter) {
            case PACH_FAULTS_OPEN.rawValue: self = .open
            case PACH_FAULTS_READ.rawValue: self = .read
            case PACH_FAULTS_WRITE.rawValue: self = .write
            case PACH_FAULTS_TRUNCATE.rawValue: self = .truncate
            case PACH_FAULTS_SYNC.rawValue: self = .sync
            case PACH_FAULTS_RENAME.rawValue: self = .rename
            case PACH_FAULTS_LINK.rawValue: self = .link
            case PACH_FAULTS_UNLINK.rawValue: self = .unlink
            case PACH_FAULTS_MKDIR.rawValue: self = .makeFolder
            case PACH_FAULTS_RMDIR.rawValue: self = .removeFolder
            default: return nil
            }
        }
    }

    var kind: Kind
    /// The number by which the library finds it again in an equal run; 0 where it was not counted.
    var number: Int
    /// Relative to the folder that was watched.
    var path: String
    /// Where a rename or link leads.
    var otherPath: String
    var inode: UInt64
    /// Where a write began; the size after a truncation.
    var offset: Int
    var data: [UInt8]
    /// What `errno` was; 0 where it succeeded.
    var error: Int32
    var createdFile: Bool
    var emptiedFile: Bool
    /// Whether the library made it fail.
    var wasInjected: Bool

    /// Whether it was asked to change what is on the disk, or to make it durable. The library can be told to count these alone.
    var mayChange: Bool

    /// Whether it did.
    var changesDisk: Bool { mayChange && error == 0 && (kind != .open || createdFile || emptiedFile) }

    var summary: String {
        "\(kind) \(path)" + (otherPath.isEmpty ? "" : " to \(otherPath)") + (kind == .write ? " (\(data.count) bytes at \(offset))" : "")
    }
}

extension FileOperation {
    /// Reads a record to its end. What a process that was killed had begun to write is complete: each record is one write(2).
    /// - Parameter folder: the folder that was watched.
    static func read(recordAt path: String, folder: String) throws -> [FileOperation] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var operations: [FileOperation] = []
        var position = 0
        let headerSize = MemoryLayout<pach_faults_record>.size
        func text(_ count: UInt16) -> String {
            defer { position += Int(count) }
            return String(decoding: bytes[position..<position + Int(count)], as: UTF8.self)
        }
        func relative(_ path: String) -> String {
            path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path == folder ? "" : path
        }
        while position + headerSize <= bytes.count {
            let header = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: pach_faults_record.self) }
            position += headerSize
            let end = position + Int(header.path_length) + Int(header.other_path_length) + Int(header.data_length)
            guard end <= bytes.count, let kind = Kind(header.kind) else { throw SelftestFailure("the record \(path) is damaged") }
            let path = relative(text(header.path_length))
            let other = relative(text(header.other_path_length))
            let flags = UInt32(header.flags)
            operations.append(
                FileOperation(
                    kind: kind, number: Int(header.number), path: path, otherPath: other, inode: header.inode, offset: Int(header.offset),
                    data: Array(bytes[position..<end]), error: header.error, createdFile: flags & PACH_FAULTS_CREATED.rawValue != 0,
                    emptiedFile: flags & PACH_FAULTS_TRUNCATED.rawValue != 0, wasInjected: flags & PACH_FAULTS_INJECTED.rawValue != 0,
                    mayChange: flags & PACH_FAULTS_CHANGES.rawValue != 0))
            position = end
        }
        return operations
    }
}

/// The selftest itself could not go on.
struct SelftestFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
