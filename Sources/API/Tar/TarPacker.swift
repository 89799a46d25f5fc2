import Model
package import Operations

/// Packs files into an archive that is pulled as it is sent; it holds one piece of one file at a time.
package actor TarPacker {
    private enum State {
        case betweenFiles
        /// In a file whose header told its size.
        case inFile(FilePath, Pulled<ByteStream>, sizeBytes: Int64, left: Int64)
        /// In a file of unknown size: each piece goes out as a part, as soon as it is there. Who makes it may be slow, and a server takes
        /// a client that sends nothing for one that has stalled.
        case inParts(FilePath, Pulled<ByteStream>)
        case ended
    }

    private let files: Pulled<FileUploads>
    private var state = State.betweenFiles
    private var out: [UInt8] = []

    package init(_ files: FileUploads) {
        self.files = Pulled(files)
    }

    /// The archive's next bytes; nil at its end.
    /// - Throws: `conflict` where a file has another size than was said, which then is not sent as if it were whole.
    package func next() async throws -> [UInt8]? {
        // Small files share a piece, so that a thousand of them do not make thousands of writes.
        while out.count < ByteStream.pieceByteCount, try await step() {
            if case .inParts = state, !out.isEmpty { break }
        }
        defer { out = [] }
        return out.isEmpty ? nil : out
    }

    private func step() async throws -> Bool {
        switch state {
        case .betweenFiles:
            if let file = try await files.next() {
                let content = Pulled(file.content)
                if let size = file.sizeBytes, let bytes = try file.content.whole?() {
                    guard bytes.count == size else { throw Self.changed(file.path, size) }
                    out += TarWriter.header(TarEntry(path: file.path, sizeBytes: size))
                    out += bytes
                    out += TarWriter.padding(after: size)
                } else if let size = file.sizeBytes {
                    out += TarWriter.header(TarEntry(path: file.path, sizeBytes: size))
                    state = .inFile(file.path, content, sizeBytes: size, left: size)
                } else {
                    state = .inParts(file.path, content)
                }
            } else {
                out += TarWriter.end
                state = .ended
            }
        case .inFile(let path, let content, let size, var left):
            if let piece = try await content.next() {
                left -= Int64(piece.count)
                guard left >= 0 else { throw Self.changed(path, size) }
                out += piece
                state = .inFile(path, content, sizeBytes: size, left: left)
            } else {
                guard left == 0 else { throw Self.changed(path, size) }
                out += TarWriter.padding(after: size)
                state = .betweenFiles
            }
        case .inParts(let path, let content):
            let part = try await content.next()
            let size = Int64(part?.count ?? 0)
            out += TarWriter.header(TarEntry(path: path, sizeBytes: size, isContinued: part != nil))
            out += (part ?? []) + TarWriter.padding(after: size)
            if part == nil { state = .betweenFiles }
        case .ended:
            return false
        }
        return true
    }

    private static func changed(_ path: FilePath, _ size: Int64) -> PachError {
        PachError(
            .conflict, "the file \(quoted(path.description)) does not have the \(size) bytes it had a moment ago",
            hint: "It was changed while it was sent; send it again.")
    }
}

extension ByteStream {
    /// The files as an archive, pulled as it is sent.
    package init(tarOf files: FileUploads) {
        let packer = TarPacker(files)
        self.init { { try await packer.next() } }
    }
}
