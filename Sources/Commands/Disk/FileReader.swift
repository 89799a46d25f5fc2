import Files
import Foundation
import Model
import Operations
import Synchronization
import Threads

extension ByteStream {
    /// The bytes of a file on disk, opened when they are asked for.
    /// - Parameter count: how many it must deliver, where that is known. A file that becomes shorter meanwhile is an error; what is
    ///   added is not read.
    static func reading(file path: String, count: Int64?) -> ByteStream {
        if let count, count <= wholeByteCountMax {
            return ByteStream(whole: { try FileReader(path: path, count: count).all() })
        }
        return ByteStream(blocking: {
            let reader = FileReader(path: path, count: count)
            return { try reader.next(upTo: $0) }
        })
    }

    /// The bytes of a pipe, terminal or device, to its end. Reading may take as long as whoever writes: it waits on a thread of its own.
    static func reading(stream path: String) -> ByteStream {
        ByteStream {
            let reader = FileReader(path: path, count: nil)
            return { try await blocking { try reader.next() } }
        }
    }

    /// As above, of a descriptor that is open and stays so.
    static func reading(standardInput descriptor: Int32) -> ByteStream {
        ByteStream {
            let reader = FileReader(descriptor: descriptor)
            return { try await blocking { try reader.next() } }
        }
    }
}

/// Reads a file from its beginning, a piece at a time.
private final class FileReader: Sendable {
    private struct State {
        var descriptor: Int32?
        var rest: Int64?
    }

    private let path: String
    private let ownsDescriptor: Bool
    private let state: Mutex<State>

    init(path: String, count: Int64?) {
        self.path = path
        ownsDescriptor = true
        state = Mutex(State(descriptor: nil, rest: count))
    }

    init(descriptor: Int32) {
        path = "standard input"
        ownsDescriptor = false
        state = Mutex(State(descriptor: descriptor, rest: nil))
    }

    deinit {
        guard ownsDescriptor, let descriptor = state.withLock(\.descriptor) else { return }
        close(descriptor)
    }

    /// All that is left.
    func all() throws -> [UInt8] {
        guard var bytes = try next() else { return [] }
        while let piece = try next() { bytes += piece }
        return bytes
    }

    /// The next piece, of so many bytes at most; nil at the end.
    func next(upTo byteCountMax: Int = ByteStream.pieceByteCount) throws -> [UInt8]? {
        try state.withLock { state in
            let descriptor = try state.descriptor ?? opened()
            state.descriptor = descriptor
            let wanted = Int(min(state.rest ?? .max, Int64(byteCountMax)))
            guard wanted > 0 else { return nil }
            let piece = try read(descriptor, wanted)
            if let rest = state.rest {
                guard !piece.isEmpty else {
                    throw PachError(.io, "Could not read \(quoted(path)): it became shorter meanwhile")
                }
                state.rest = rest - Int64(piece.count)
            }
            return piece.isEmpty ? nil : piece
        }
    }

    private func opened() throws -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError.error(errno, "open \(quoted(path))") }
        return descriptor
    }

    private func read(_ descriptor: Int32, _ wanted: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            while true {
                let result = Foundation.read(descriptor, buffer.baseAddress, wanted)
                if result >= 0 {
                    count = result
                    return
                }
                if errno == EAGAIN {
                    waitUntilReady(descriptor, Int16(POLLIN))
                } else if errno != EINTR {
                    throw SystemError.error(errno, "read \(quoted(path))")
                }
            }
        }
    }
}

/// All bytes of a file or stream on disk.
/// - Parameter limit: more are an error.
func readWhole(_ path: String, upTo limit: Int) async throws -> [UInt8] {
    let status = try FileStatus(following: path)
    guard !status.isFolder else { throw PachError(.invalidArgument, "\(quoted(path)) is a folder, not a file") }
    let stream: ByteStream = status.kind == .special ? .reading(stream: path) : .reading(file: path, count: nil)
    guard let bytes = try await stream.collect(upTo: limit) else {
        throw PachError(.tooLarge, "\(quoted(path)) is larger than \(byteText(Int64(limit)))")
    }
    return bytes
}

/// All bytes of a file that was found on a walk; nil where they are more than `limit`.
func readWhole(_ file: FolderWalk.File, upTo limit: Int) throws -> [UInt8]? {
    guard file.status.byteCount <= limit else { return nil }
    return try FileReader(path: file.diskPath, count: Int64(file.status.byteCount)).all()
}
