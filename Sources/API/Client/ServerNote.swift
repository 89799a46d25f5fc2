internal import Files
internal import Glibc
public import Model

/// Where the server that owns a data root listens. Its writer holds a kernel lock on the file for as long as it lives, so that a note
/// which a crashed server left is told from a true one. Its path is that of `.pach/server` in the data root.
public final class ServerNote: Sendable {
    /// No URL is longer.
    private static let byteCountMax = 4096

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // Closing it is not enough: a process that another thread is starting has it open, too, until it becomes another program.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// The URL of the server; nil where none is there.
    public static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Who could have the lock finds that the writer is gone.
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        let line = [UInt8](unsafeUninitializedCapacity: byteCountMax) { buffer, count in
            count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
        let url = String(decoding: line, as: UTF8.self).prefix { !$0.isWhitespace }
        return url.isEmpty ? nil : String(url)
    }

    /// Leaves a note, good for as long as the result is held.
    public static func write(_ url: String, to path: String) throws(PachError) -> ServerNote {
        // Readers see it whole, and locked.
        let fresh = path + ".new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        let note = ServerNote(descriptor: descriptor)
        var line = Array((url + "\n").utf8)[...]
        while !line.isEmpty {
            let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw failure(path) }
            line = line.dropFirst(max(0, count))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, rename(fresh, path) == 0 else { throw failure(path) }
        return note
    }

    private static func failure(_ path: String) -> PachError {
        SystemError.error(errno, "write \(quoted(path))")
    }

    public static func remove(_ path: String) {
        // A note that stays behind is harmless: see above.
        unlink(path)
    }
}
