internal import Files
internal import Foundation
internal import Glibc
internal import Model
internal import Synchronization

/// A file of no use but its size: given up when the disk is full, so that what is there can be read, deleted and collected (invariant 3
/// asks for room in the database also where something is deleted). Made anew once there is room again.
public final class Ballast: Sendable {
    /// Enough for the log of a transaction that deletes some ten thousand commits.
    public static let byteCount = 16 << 20
    /// The disk keeps at least this many times as much free when the ballast is made.
    private static let freeShareMin = 4

    private let path: String
    private let isThere: Mutex<Bool>

    public init(_ root: DataRoot) {
        path = root.ballastPath
        var status = stat()
        // One that a kill left half made is not there: `restore` makes the rest.
        isThere = Mutex(stat(path, &status) == 0 && status.st_size >= Self.byteCount)
    }

    /// Makes the file whole unless it is, or room is scarce. Nothing hangs on it, so a failure is no news.
    func restore() {
        isThere.withLock { isThere in
            guard !isThere else { return }
            var disk = statvfs()
            guard statvfs(Folder.parent(of: path), &disk) == 0 else { return }
            guard Self.hasRoom(disk) else { return }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            isThere = posix_fallocate(descriptor, 0, off_t(Self.byteCount)) == 0
            if !isThere { unlink(path) }
        }
    }

    /// Whether the ballast is a small part of what is free. Some network file systems tell of nearly 2^64 bytes.
    static func hasRoom(_ disk: statvfs) -> Bool {
        disk.f_bavail.multipliedFullWidth(by: disk.f_frsize) >= (0, UInt(byteCount * freeShareMin))
    }

    /// Gives the file's room away.
    /// - Returns: whether there is more room now.
    public func giveUp() -> Bool {
        isThere.withLock { isThere in
            defer { isThere = false }
            return unlink(path) == 0
        }
    }

    /// Does what needs a little room, with the ballast's where the disk has none.
    public func used<Value>(for body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PachError where error.code == .outOfSpace && giveUp() {
            return try body()
        }
    }
}

extension Ledger {
    /// Whether the task is within `freeing`.
    @TaskLocal static var isFreeing = false

    /// Does what makes room, with the ballast's where the disk has none. `body` runs again then: what fails changes nothing. Its writes do not
    /// wait for a publisher that lacks room itself.
    public func freeing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await Self.$isFreeing.withValue(true) {
            do {
                return try await body()
            } catch let error as PachError where error.code == .outOfSpace && ballast.giveUp() {
                return try await body()
            }
        }
    }
}
