import Foundation
import Model
import Operations
import Synchronization

/// Writes a file so that its name shows either what was there before or all of the new content.
///
/// - Parameter path: what is there already is replaced, unless it is not a file: then the bytes go into it (`/dev/null`, a pipe).
func writeFile(_ path: String, _ content: ByteStream, onPiece: (Int) throws -> Void) async throws {
    let file = try NewFile(path)
    do {
        for try await piece in content {
            try file.write(piece)
            try onPiece(piece.count)
        }
        try file.finish()
    } catch {
        file.abandon()
        throw error
    }
}

/// The same, of bytes that are at hand. Blocks.
func writeFile(_ path: String, _ content: [UInt8], mode: mode_t = 0o666) throws {
    let file = try NewFile(path, mode: mode)
    do {
        try file.write(content)
        try file.finish()
    } catch {
        file.abandon()
        throw error
    }
}

/// A file that is being written under another name, unless what is at its path is not a file.
private final class NewFile: Sendable {
    private let path: String
    private let temporary: String?
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    init(_ path: String, mode: mode_t = 0o666) throws {
        self.path = path
        var status = stat()
        let isThere = stat(path, &status) == 0
        if isThere, status.st_mode & S_IFMT != S_IFREG {
            guard status.st_mode & S_IFMT != S_IFDIR else {
                throw PachError(
                    .invalidArgument, "Could not write \(quoted(path)): it is a folder", hint: "Name a file that is to be written.")
            }
            temporary = nil
            descriptor = open(path, O_WRONLY | O_CLOEXEC)
        } else {
            let temporary = temporaryPath(in: folder(of: path))
            self.temporary = temporary
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        }
        guard descriptor >= 0 else { throw systemError("Could not write \(quoted(path))") }
    }

    func write(_ bytes: [UInt8]) throws {
        try writeAll(bytes, to: descriptor, named: quoted(path))
    }

    func finish() throws {
        // A full disk or a quota may show itself only here (close(2)).
        guard takeDescriptor().map(close) ?? 0 == 0 else { throw systemError("Could not write \(quoted(path))") }
        if let temporary, rename(temporary, path) != 0 { throw systemError("Could not name the file \(quoted(path))") }
    }

    func abandon() {
        takeDescriptor().map { _ = close($0) }
        if let temporary { unlink(temporary) }
    }

    private func takeDescriptor() -> Int32? {
        isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen ? descriptor : nil
        }
    }
}

/// Makes a folder and those that hold it, where they are not there yet.
func makeFolders(_ path: String, mode: mode_t = 0o777) throws {
    if mkdir(path, mode) == 0 { return }
    if errno == ENOENT {
        try makeFolders(String(folder(of: path).dropLast()), mode: mode)
        if mkdir(path, mode) == 0 { return }
    }
    guard errno == EEXIST else { throw systemError("Could not make the folder \(quoted(path))") }
    let status = try FileStatus(following: path)
    guard status.kind == .folder else {
        throw PachError(.invalidArgument, "Could not make the folder \(quoted(path)): a file of that name is there")
    }
}

/// A path that nobody uses, in a folder that is given with its last slash.
func temporaryPath(in folder: Substring) -> String {
    "\(folder).pach-\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
}

/// The path up to and with its last slash.
func folder(of path: String) -> Substring {
    path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]
}
