import Model
import Operations

/// Fetches a file, or those below a folder one after the other, in order of path.
///
/// The listing of each folder is read whole before the first of its files is asked for: an answer that waits while files are written is
/// one that the server breaks off, as it cannot tell its client from one that has stalled. The listings of the folders on the way down
/// are all that is held.
actor FolderDownloads {
    private let client: EngineClient
    private let start: FileReference
    private var hasBegun = false
    /// From the outermost folder to the one that is being fetched.
    private var folders: [(folder: FileReference, rest: ArraySlice<FolderListing.Entry>)] = []

    init(_ start: FileReference, of client: EngineClient) {
        self.client = client
        self.start = start
    }

    func next() async throws -> FileDownload? {
        if !hasBegun {
            hasBegun = true
            if let file = try await begin() { return file }
        }
        while let last = folders.indices.last {
            guard let entry = folders[last].rest.popFirst() else {
                folders.removeLast()
                continue
            }
            let folder = folders[last].folder
            let file = FileReference(commit: folder.commit, path: folder.path.appending(entry.name))
            if entry.fileType == .file { return try await client.getFile(file, range: nil) }
            try await open(file)
        }
        return nil
    }

    /// - Returns: what it is all about, where that is a file.
    private func begin() async throws -> FileDownload? {
        // The root has no address as a file.
        guard start.path != .root else { return try await openStart() }
        do {
            return try await client.getFile(start, range: nil)
        } catch let error as PachError where error.code == .invalidArgument {
            // A folder; where it is not that either, this throws.
            return try await openStart()
        }
    }

    /// Opens the folder, of the commit that a branch points to now.
    private func openStart() async throws -> FileDownload? {
        let commit = try await client.inspectCommit(start.commit, wait: false).commit.commit
        try await open(FileReference(commit: CommitReference(commit), path: start.path))
        return nil
    }

    private func open(_ folder: FileReference) async throws {
        folders.append((folder, try await client.listFolder(folder).entries[...]))
    }
}
