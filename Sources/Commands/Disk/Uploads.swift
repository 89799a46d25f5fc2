import Files
import Model
import Operations
import Synchronization

/// The files of all sources, one after the other, found as they are asked for.
final class Uploads: Sendable {
    private struct State {
        var sources: ArraySlice<UploadSource>
        var walk: FolderWalk?
        var folder = FilePath.root
    }

    private let destination: UploadDestination
    private let standardInput: ByteStream
    private let meter: ProgressMeter
    private let state: Mutex<State>

    init(_ sources: [UploadSource], to destination: UploadDestination, standardInput: ByteStream, meter: ProgressMeter) {
        self.destination = destination
        self.standardInput = standardInput
        self.meter = meter
        state = Mutex(State(sources: sources[...]))
    }

    var files: FileUploads {
        FileUploads { try self.next() }
    }

    private func next() throws -> FileUpload? {
        try state.withLock { state in
            while true {
                if let file = try state.walk?.next() {
                    return upload(
                        state.folder.appending(file.path), file.diskPath, known(file.status),
                        .reading(file: file.diskPath, count: known(file.status)))
                }
                state.walk = nil
                guard let source = state.sources.popFirst() else { return nil }
                if source.isStandardInput {
                    return upload(try destination.target(of: source, isFolder: false), "standard input", nil, standardInput)
                }
                let status = try FileStatus(following: source.name)
                let target = try destination.target(of: source, isFolder: status.isFolder)
                switch status.kind {
                case .folder:
                    state.walk = try FolderWalk(source.name)
                    state.folder = target
                case .file:
                    return upload(target, source.name, known(status), .reading(file: source.name, count: known(status)))
                case .special, .link:
                    return upload(target, source.name, nil, .reading(stream: source.name))
                }
            }
        }
    }

    private func upload(_ path: FilePath, _ name: String, _ sizeBytes: Int64?, _ content: ByteStream) -> FileUpload {
        meter.begin(name)
        return FileUpload(path: path, sizeBytes: sizeBytes, content: content.reporting(meter.add))
    }

    /// Files that the kernel makes up (`/proc`) say that they are empty; there only reading tells.
    private func known(_ status: FileStatus) -> Int64? {
        status.byteCount > 0 ? Int64(status.byteCount) : nil
    }
}

extension ByteStream {
    /// The same bytes, each piece's length told as it passes.
    func reporting(_ report: @escaping @Sendable (Int) -> Void) -> ByteStream {
        if let whole {
            return ByteStream(whole: {
                let bytes = try whole()
                report(bytes.count)
                return bytes
            })
        }
        if let blockingPieces {
            return ByteStream(blocking: {
                let next = blockingPieces()
                return { byteCountMax in
                    let piece = try next(byteCountMax)
                    if let piece { report(piece.count) }
                    return piece
                }
            })
        }
        return ByteStream {
            let pieces = Pieces(of: self)
            return {
                let piece = try await pieces.next()
                if let piece { report(piece.count) }
                return piece
            }
        }
    }
}

/// Keeps the place in a stream.
private actor Pieces {
    private var iterator: ByteStream.AsyncIterator

    init(of stream: ByteStream) {
        iterator = stream.makeAsyncIterator()
    }

    func next() async throws -> [UInt8]? {
        // A call on the stored value would hold it across the suspension; the copy shares its place.
        var iterator = iterator
        return try await iterator.next(isolation: self)
    }
}
