package import Model
package import Operations

/// A pipeline's spec and code in one archive: `pipeline.json` (or `.yaml`), and the code below `code/`.
package struct PipelineArchive: Sendable {
    /// A spec is at most this long.
    package static let specByteCountMax = 1024 * 1024
    private static let specNames = ["pipeline.json", "pipeline.yaml", "pipeline.yml"]

    package var specName: String
    package var spec: [UInt8]
    package var code: [CodeFile]

    package init(_ request: PipelineRequest) {
        let isYAML = request.fileName.hasSuffix(".yaml") || request.fileName.hasSuffix(".yml")
        specName = Self.specNames[isYAML ? 1 : 0]
        spec = Array(request.spec.utf8)
        code = request.code
    }

    /// The archive, made piece by piece as it is sent.
    package func bytes() throws(PachError) -> ByteStream {
        let folder = FilePath([try FileName(FilePath.codeFolderName)])
        let specFile = CodeFile(path: try FilePath(specName), bytes: spec, isExecutable: false)
        let files = [specFile] + code.map { CodeFile(path: folder.appending($0.path), bytes: $0.bytes, isExecutable: $0.isExecutable) }
        return ByteStream {
            let cursor = Cursor(files: files)
            return { await cursor.next() }
        }
    }

    /// Reads an archive.
    /// - Throws: `invalidArgument` without a spec and for files elsewhere; `tooLarge` over the limits of spec and code.
    package init(reading source: ByteStream) async throws {
        let reader = TarReader(source)
        var found: (name: String, bytes: [UInt8])?
        code = []
        var codeByteCount: Int64 = 0
        var entryCount = 0
        while let entry = try await reader.next() {
            // Also of what brings no bytes: a small archive can hold millions.
            entryCount += 1
            guard entryCount <= PipelineRequest.codeFileCountMax else {
                throw PachError(.tooLarge, "the archive has more than \(PipelineRequest.codeFileCountMax) entries")
            }
            guard entry.kind == .file else { continue }
            if entry.path.components.count == 1, let name = entry.path.name?.description, Self.specNames.contains(name) {
                guard found == nil else { throw PachError(.invalidArgument, "the archive holds two specs") }
                guard let bytes = try await ByteStream({ { try await reader.read() } }).collect(upTo: Self.specByteCountMax) else {
                    throw PachError(.tooLarge, "the spec is longer than \(Self.specByteCountMax) bytes")
                }
                found = (name, bytes)
            } else if entry.path.components.count > 1, entry.path.components.first?.description == FilePath.codeFolderName {
                var bytes: [UInt8] = []
                while let piece = try await reader.read() {
                    codeByteCount += Int64(piece.count)
                    guard codeByteCount <= PipelineRequest.codeByteCountMax else {
                        throw PachError(.tooLarge, "the code is larger than \(PipelineRequest.codeByteCountMax) bytes")
                    }
                    bytes += piece
                }
                let path = FilePath(entry.path.components.dropFirst())
                code.append(CodeFile(path: path, bytes: bytes, isExecutable: entry.isExecutable))
            } else {
                throw PachError(
                    .invalidArgument, "the archive's entry \(quoted(entry.path.description)) has no place in a pipeline",
                    hint: "Pack the spec as pipeline.json or pipeline.yaml and the code below code/.")
            }
        }
        guard let found else {
            throw PachError(
                .invalidArgument, "the archive holds no spec", hint: "Pack the spec as pipeline.json or pipeline.yaml.")
        }
        specName = found.name
        spec = found.bytes
    }

    private actor Cursor {
        private let files: [CodeFile]
        private var index = 0

        init(files: [CodeFile]) {
            self.files = files
        }

        func next() -> [UInt8]? {
            defer { index += 1 }
            guard index < files.count else { return index == files.count ? TarWriter.end : nil }
            let file = files[index]
            let size = Int64(file.bytes.count)
            return TarWriter.header(TarEntry(path: file.path, sizeBytes: size, isExecutable: file.isExecutable)) + file.bytes
                + TarWriter.padding(after: size)
        }
    }
}
