public import Model
public import Operations

extension EngineClient {
    /// All files travel in one archive, which is made as it is sent; a single file too, so that one path is the tested one.
    public func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult {
        try await connection.value(
            .post,
            RequestTarget(below: commit, "files").with("mode", mode.rawValue).with("present-tree", present?.tree)
                .with("present-count", present?.count),
            headers: ifHead.headers,
            body: .stream(ByteStream(tarOf: files), type: FilePath.tarMediaType))
    }

    public func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult {
        try await connection.value(.delete, target("files", file).with(flag: "recursive", recursive))
    }

    public func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult {
        try await connection.value(
            .post, RequestTarget(below: destination.commit, "copy"),
            body: .json(CopyFileBody(source: source.description, path: destination.path.description, mode: mode.rawValue)))
    }

    public func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload {
        // HTTP has no word for an empty range.
        if let range, range.isEmpty { return try await emptyDownload(file, at: range.lowerBound) }
        let response = try await connection.send(
            .get, target("files", file), headers: range.map { [("Range", "bytes=\($0.lowerBound)-\($0.upperBound - 1)")] } ?? [])
        let info = try fileInfo(file, of: response)
        let start = response.status == 206 ? range?.lowerBound ?? 0 : 0
        guard let length = response.header("content-length").flatMap({ Int64($0) }) else {
            throw connection.notUnderstood("a file without its length")
        }
        return FileDownload(info: info, range: start..<start + length, content: response.content)
    }

    private func emptyDownload(_ file: FileReference, at offset: Int64) async throws -> FileDownload {
        let info = try await inspectFile(file)
        guard info.fileType == .file, offset <= info.sizeBytes else {
            throw PachError(.invalidArgument, "the range begins behind the end of \(quoted(file.description))")
        }
        return FileDownload(info: info, range: offset..<offset, content: ByteStream([]))
    }

    private func fileInfo(_ file: FileReference, of response: Connection.Response) throws -> FileInfo {
        guard let size = Int64(try header(FileHeaders.size, of: response)), let hash = try hash(of: response) else {
            throw connection.notUnderstood("headers that do not describe a file")
        }
        let commit = try FileHeaders.commit(in: file.commit.repo, from: try header(FileHeaders.commit, of: response))
        return FileInfo(
            file: FileInfo.Link(commit: commit, path: file.path), fileType: .file,
            committed: response.header(FileHeaders.committed).flatMap { Timestamp($0) }, sizeBytes: size, hash: hash)
    }

    private func header(_ name: String, of response: Connection.Response) throws -> String {
        guard let value = response.header(name) else { throw connection.notUnderstood("no header '\(name)'") }
        return value
    }

    /// The id of what is answered with.
    private func hash(of response: Connection.Response) throws -> ObjectID? {
        ObjectID(hex: try header("etag", of: response).dropFirst().dropLast())
    }

    public func inspectFile(_ file: FileReference) async throws -> FileInfo {
        try await connection.value(.get, target("entries", file).with(flag: "info", true))
    }

    public func listFiles(_ file: FileReference) async throws -> [FileInfo] {
        try await connection.list(target("entries", file))
    }

    public func listFolder(_ folder: FileReference) async throws -> FolderListing {
        let response = try await connection.sendForList(target("listing", folder))
        guard let tree = ObjectID(hex: try header(FileHeaders.tree, of: response)), let hash = try hash(of: response) else {
            throw connection.notUnderstood("headers that do not describe a folder")
        }
        return FolderListing(tree: tree, hash: hash, entries: try await connection.list(in: response))
    }

    public func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error> {
        connection.events(FileInfo.self, .get, target("entries", file).with(flag: "walk", true))
    }

    public func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> {
        let downloads = FolderDownloads(file, of: self)
        return AsyncThrowingStream { try await downloads.next().map { [$0] } }
    }

    public func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo] {
        try await connection.list(RequestTarget(below: commit, "entries").with("glob", pattern))
    }

    public func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference] {
        try await connection.list(
            RequestTarget(below: new.commit, "diff").with("path", new.path).with("old", old).with(flag: "shallow", shallow))
    }

    private func target(_ collection: String, _ file: FileReference) -> RequestTarget {
        RequestTarget(below: file.commit, collection).appending(file.path)
    }
}
