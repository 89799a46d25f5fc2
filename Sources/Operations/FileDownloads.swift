public import Model

extension Operations {
    /// One file after the other, by a walk that waits meanwhile.
    public func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> {
        let walk = Walk(walkFiles(file))
        return AsyncThrowingStream {
            while let info = try await walk.next() {
                if info.fileType == .file { return [try await getFile(info.reference, range: nil)] }
            }
            return nil
        }
    }
}

extension FileInfo {
    /// The file in the commit where it was found, to which a branch may point no longer.
    public var reference: FileReference {
        FileReference(commit: CommitReference(file.commit.commit), path: file.path)
    }
}

/// Keeps the place in a walk.
private actor Walk {
    private var iterator: AsyncThrowingStream<FileInfo, any Error>.AsyncIterator

    init(_ files: AsyncThrowingStream<FileInfo, any Error>) {
        iterator = files.makeAsyncIterator()
    }

    func next() async throws -> FileInfo? {
        // A call on the stored value would hold it across the suspension; the copy shares its place.
        var iterator = iterator
        return try await iterator.next(isolation: self)
    }
}
