import Foundation
import Model
import Operations

/// Writes a file so that its name shows either what was there before or all of the new content.
///
/// - Parameter path: what is there already is replaced, unless it is not a file: then the bytes go into it (`/dev/null`, a pipe).
func writeFile(_ path: String, _ content: ByteStream, onPiece: (Int) throws -> Void) async throws {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw PachError(.invalidArgument, "Could not write \(quoted(path)): it is a folder", hint: "Name a file that is to be written.")
        }
        return try await write(content, into: path, flags: O_WRONLY, onPiece: onPiece)
    }
    let temporary = "\(folder(of: path)).pach-\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
    do {
        try await write(content, into: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, onPiece: onPiece)
        guard rename(temporary, path) == 0 else { throw systemError("Could not name the file \(quoted(path))") }
    } catch {
        unlink(temporary)
        throw error
    }
}

/// Makes a folder and those that hold it, where they are not there yet.
func makeFolders(_ path: String) throws {
    if mkdir(path, 0o777) == 0 { return }
    if errno == ENOENT {
        try makeFolders(String(folder(of: path).dropLast()))
        if mkdir(path, 0o777) == 0 { return }
    }
    guard errno == EEXIST else { throw systemError("Could not make the folder \(quoted(path))") }
    let status = try FileStatus(following: path)
    guard status.kind == .folder else {
        throw PachError(.invalidArgument, "Could not make the folder \(quoted(path)): a file of that name is there")
    }
}

/// The path up to and with its last slash.
private func folder(of path: String) -> Substring {
    path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]
}

private func write(_ content: ByteStream, into path: String, flags: Int32, onPiece: (Int) throws -> Void) async throws {
    let descriptor = open(path, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw systemError("Could not write \(quoted(path))") }
    do {
        for try await piece in content {
            try writeAll(piece, to: descriptor, named: quoted(path))
            try onPiece(piece.count)
        }
    } catch {
        close(descriptor)
        throw error
    }
    // A full disk or a quota may show itself only here (close(2)).
    guard close(descriptor) == 0 else { throw systemError("Could not write \(quoted(path))") }
}
