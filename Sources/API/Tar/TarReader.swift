package import Model
package import Operations

/// Reads an archive as it streams in: entry by entry, the content of each piece by piece.
///
/// The archive may be hostile: headers are bounded and checked, paths go through `FilePath`, links and devices are refused, and an
/// archive that ends early is an error.
package actor TarReader {
    private let source: Pulled<ByteStream>
    private var pending: ArraySlice<UInt8> = []
    /// Content of the present entry that has not been read.
    private var contentLeft: Int64 = 0
    private var paddingLeft = 0
    /// The file whose next part is to come.
    private var continued: TarEntry?
    private var isAtEnd = false

    package init(_ source: ByteStream) {
        self.source = Pulled(source)
    }

    /// The next file or folder; what is left of the one before is skipped. Nil at the end of the archive.
    /// - Throws: `invalidArgument` where the archive is malformed, ends early or holds what a commit cannot; `notSupported` for
    ///   sparse files.
    package func next() async throws -> TarEntry? {
        while try await read() != nil {}
        guard !isAtEnd else { return nil }
        guard let entry = try await header() else {
            isAtEnd = true
            // Archives are padded to whole records; what sends them wants to get rid of that too.
            while try await fill() {
                guard pending.allSatisfy({ $0 == 0 }) else { throw TarHeader.malformed("there are bytes behind its end") }
                pending = []
            }
            return nil
        }
        return entry
    }

    /// The next bytes of the entry that `next` returned last; nil at their end.
    package func read() async throws -> [UInt8]? {
        while true {
            if contentLeft > 0 {
                guard try await fill() else { throw truncated }
                let piece = pending.prefix(Int(min(contentLeft, Int64(pending.count))))
                pending = pending.dropFirst(piece.count)
                contentLeft -= Int64(piece.count)
                return Array(piece)
            }
            if paddingLeft > 0 {
                _ = try await bytes(paddingLeft)
                paddingLeft = 0
            }
            guard let former = continued else { return nil }
            guard let part = try await header(), part.path == former.path, part.kind == .file else {
                throw TarHeader.malformed("a part of the file \(quoted(former.path.description)) is missing")
            }
        }
    }

    /// All bytes of the entry that `next` returned last.
    func readAll() async throws -> [UInt8] {
        guard var bytes = try await read() else { return [] }
        while let piece = try await read() { bytes += piece }
        return bytes
    }

    /// Reads headers up to the next entry's, and makes its content the present one.
    private func header() async throws -> TarEntry? {
        var records = PaxRecords()
        var longName: [UInt8]?
        var isFollowUp = false
        while true {
            guard let header = try TarHeader(try await bytes(TarFormat.blockByteCount)) else {
                guard !isFollowUp else { throw TarHeader.malformed("an extended header stands alone") }
                guard try TarHeader(try await bytes(TarFormat.blockByteCount)) == nil else {
                    throw TarHeader.malformed("an empty block stands alone")
                }
                return nil
            }
            switch header.kind {
            case .extended:
                records = try PaxRecords(try await extensionBytes(header))
            case .global:
                let global = try PaxRecords(try await extensionBytes(header))
                guard global.path == nil, global.sizeBytes == nil, !global.isContinued else {
                    throw TarHeader.malformed("a global header names a path or size")
                }
                // It stands for itself, also at the very end.
                continue
            case .longName:
                longName = Array(try await extensionBytes(header).prefix { $0 != 0 })
            case .longLinkTarget:
                _ = try await extensionBytes(header)
            case .file, .folder, .refused:
                return try begin(header, path: records.path ?? longName ?? header.path, records)
            }
            isFollowUp = true
        }
    }

    private func begin(_ header: TarHeader, path bytes: [UInt8], _ records: PaxRecords) throws -> TarEntry {
        let shown = quoted(String(decoding: bytes, as: UTF8.self))
        if case .refused(let what) = header.kind {
            throw PachError(
                .invalidArgument, "the archive's entry \(shown) is \(what); only files and folders can be stored",
                hint: what.hasSuffix("link") ? "Let tar follow links (--dereference, --hard-dereference)." : nil)
        }
        let path = try Self.path(bytes)
        // Before POSIX a folder was known by its trailing slash. A name that is cut in the header may end in one by chance, so that
        // only the whole path tells.
        let isFolder = header.kind == .folder || bytes.last == UInt8(ascii: "/")
        guard isFolder || !path.isRoot else { throw TarHeader.malformed("a file has no name") }
        let entry = TarEntry(
            path: path, kind: isFolder ? .folder : .file, sizeBytes: records.sizeBytes ?? header.sizeBytes,
            isExecutable: header.isExecutable, isContinued: records.isContinued)
        guard !entry.isContinued || entry.kind == .file else { throw TarHeader.malformed("a folder is continued") }
        // Some programs give a folder a size and no content.
        contentLeft = entry.kind == .folder ? 0 : entry.sizeBytes
        paddingLeft = TarFormat.padding(after: contentLeft)
        continued = entry.isContinued ? entry : nil
        return entry
    }

    /// Archives made of `.` name their files `./a`; such dots are dropped, while `..` is refused.
    private static func path(_ bytes: [UInt8]) throws(PachError) -> FilePath {
        guard bytes.count <= FilePath.byteCountMax else {
            throw TarHeader.malformed("a path has \(bytes.count) bytes; at most \(FilePath.byteCountMax) are allowed")
        }
        var names: [FileName] = []
        for part in bytes.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            names.append(try FileName(bytes: part))
        }
        return FilePath(names)
    }

    private func extensionBytes(_ header: TarHeader) async throws -> [UInt8] {
        guard header.sizeBytes <= TarFormat.extensionByteCountMax else {
            throw TarHeader.malformed("an extended header has \(header.sizeBytes) bytes")
        }
        let content = try await bytes(Int(header.sizeBytes))
        _ = try await bytes(TarFormat.padding(after: header.sizeBytes))
        return content
    }

    private func bytes(_ count: Int) async throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            guard try await fill() else { throw truncated }
            let part = pending.prefix(count - result.count)
            pending = pending.dropFirst(part.count)
            result += part
        }
        return result
    }

    /// Makes `pending` hold something; false where the source has ended.
    private func fill() async throws -> Bool {
        while pending.isEmpty {
            guard let piece = try await source.next() else { return false }
            pending = piece[...]
        }
        return true
    }

    private var truncated: PachError {
        PachError(.invalidArgument, "the archive is cut off: it ends within an entry or without its end mark")
    }
}

extension FileUploads {
    /// The files of an archive that streams in; folders are implied by the files below them.
    /// - Parameter prefix: a folder that all paths are put below.
    package init(tar source: ByteStream, below prefix: FilePath = .root) {
        let reader = TarReader(source)
        self.init {
            while let entry = try await reader.next() {
                guard entry.kind == .file else { continue }
                let path = prefix.appending(entry.path)
                try path.requireLength()
                if entry.sizeBytes <= ByteStream.wholeByteCountMax, !entry.isContinued {
                    let bytes = try await reader.readAll()
                    return FileUpload(path: path, sizeBytes: entry.sizeBytes, content: ByteStream(bytes))
                }
                return FileUpload(
                    path: path, sizeBytes: entry.isContinued ? nil : entry.sizeBytes,
                    content: ByteStream { { try await reader.read() } })
            }
            return nil
        }
    }
}
