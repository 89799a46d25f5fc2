internal import GitStore
internal import Globbing
internal import GRDB
internal import Ledger
internal import Metadata
public import Model
public import Operations
internal import Storage
internal import Threads

extension Engine {
    // MARK: Changing

    public func putFiles(
        _ files: FileUploads, in commit: CommitReference, mode: PutMode, present: PresentFiles?, ifHead: HeadCondition?
    ) async throws -> ChangeResult {
        if let present, !(0...Ingest.fileCountMax).contains(present.count) {
            throw PachError(
                .invalidArgument, "a put cannot leave out \(present.count) files that are there; at most \(Ingest.fileCountMax)")
        }
        var files = files
        if mode == .overwrite, present == nil {
            let (small, all) = try await FileChange.lookAhead(in: files)
            if let small {
                let change = FileChange(description: "put file \(small.path)", carried: [small], ifHead: ifHead)
                return try await ledger.write { try $0.apply(change, to: commit) }
            }
            files = all
        }
        return try await change(commit, ifHead: ifHead) { [files] target, batch in
            // The bytes are stored before a commit is looked for, so that a slow client holds nobody up.
            let stored = try await Ingest(batch).store(files)
            let count = stored.count + (present?.count ?? 0)
            guard count > 0 else {
                throw PachError(.invalidArgument, "there is no file to put")
            }
            let description = count == 1 && !stored.isEmpty ? "put file \(stored[0].path)" : "put \(count) files"
            return FileChange(description: description, pieces: stored, mode: mode, base: present?.tree, ifHead: ifHead)
        }
    }

    public func deleteFile(_ file: FileReference, recursive: Bool) async throws -> ChangeResult {
        try await ledger.freeing {
            try await change(file.commit) { _, _ in
                FileChange(description: "delete file \(file.path)", deletions: [file.path], deletesFolders: recursive)
            }
        }
    }

    public func copyFile(from source: FileReference, to destination: FileReference, mode: PutMode) async throws -> ChangeResult {
        let (from, row) = try await snapshot(source)
        return try await change(destination.commit) { _, batch in
            let files = try await blocking {
                let node = try self.node(source, row, TreeReader(from))
                return try ObjectTransfer(from: from, to: batch).files(below: node)
            }
            return FileChange(
                description: "copy file \(source) to \(destination.path)",
                pieces: files.map { PlacedFile(path: destination.path.appending($0.path), file: $0.file) }, mode: mode)
        }
    }

    // MARK: Reading

    /// The objects of a commit's repo, and the commit.
    private func snapshot(_ file: FileReference) async throws -> (objects: any ObjectReader, commit: CommitRow) {
        try await snapshot(file.commit)
    }

    func snapshot(_ reference: CommitReference) async throws -> (objects: any ObjectReader, commit: CommitRow) {
        try await ledger.read { [ledger] database in
            let row = try database.resolve(reference)
            if !row.isFinished, row.origin == .auto {
                throw PachError(
                    .conflict, "output commit \(row.link) not finished",
                    hint: "'pach wait commit \(row.link)' waits for it; \(row.link.branch)^ is the one before.")
            }
            return (try ledger.store(row.repo, in: database).objects, row)
        }
    }

    public func getFile(_ file: FileReference, range: Range<Int64>?) async throws -> FileDownload {
        let (objects, commit) = try await snapshot(file)
        let stored = try await blocking {
            let node = try self.node(file, commit, TreeReader(objects))
            guard node.kind.isFile else {
                throw PachError(.invalidArgument, "\(file) is a folder", hint: "Give -r, or the path of a file.")
            }
            return try FileReader(objects).file(node)
        }
        let whole = 0..<Int64(stored.size)
        if let range, range.lowerBound > whole.upperBound || range.lowerBound < 0 {
            throw PachError(
                .invalidArgument, "\(file) has \(stored.size) bytes; offset \(range.lowerBound) lies behind its end")
        }
        let part = range?.clamped(to: whole) ?? whole
        let info = fileInfo(commit, file.path, .file, size: Int64(stored.size), id: stored.id)
        return FileDownload(info: info, range: part, content: content(of: stored, part, objects))
    }

    /// A small file is read at once, a large one as it is consumed.
    private func content(of file: StoredFile, _ range: Range<Int64>, _ objects: any ObjectReader) -> ByteStream {
        if range.count <= ByteStream.wholeByteCountMax {
            return ByteStream(whole: { try FileReader(objects).bytes(file, range: Int(range.lowerBound)..<Int(range.upperBound)) })
        }
        return ByteStream {
            let position = Position(range)
            return {
                guard let next = position.advance(by: Int64(ByteStream.pieceByteCount)) else { return nil }
                return try await blocking { try FileReader(objects).bytes(file, range: Int(next.lowerBound)..<Int(next.upperBound)) }
            }
        }
    }

    public func inspectFile(_ file: FileReference) async throws -> FileInfo {
        let (objects, commit) = try await snapshot(file)
        return try await blocking {
            let reader = TreeReader(objects)
            return try self.fileInfo(commit, file.path, self.node(file, commit, reader), reader)
        }
    }

    public func listFiles(_ file: FileReference) async throws -> [FileInfo] {
        let (objects, commit) = try await snapshot(file)
        return try await blocking {
            let reader = TreeReader(objects)
            let node = try self.node(file, commit, reader)
            guard node.kind == .folder else { return [try self.fileInfo(commit, file.path, node, reader)] }
            return try reader.list(node.id).map { entry in
                try self.fileInfo(commit, file.path.appending(entry.name), entry.node, reader)
            }
        }
    }

    public func listFolder(_ folder: FileReference) async throws -> FolderListing {
        let (objects, commit) = try await snapshot(folder)
        return try await blocking {
            let reader = TreeReader(objects)
            let node = try self.node(folder, commit, reader)
            guard node.kind == .folder else { throw PachError(.invalidArgument, "\(folder) is a file, not a folder") }
            let entries = try reader.list(node.id).map { entry in
                FolderListing.Entry(name: entry.name, fileType: entry.kind.isFile ? .file : .folder, hash: entry.id)
            }
            return FolderListing(tree: commit.tree, hash: node.id, entries: entries)
        }
    }

    public func walkFiles(_ file: FileReference) -> AsyncThrowingStream<FileInfo, any Error> {
        let walk = walk(below: file)
        return AsyncThrowingStream { [self] in
            try await walk.next().map { file, source in
                fileInfo(source.commit, file.path, .file, size: Int64(file.stored.size), id: file.stored.id)
            }
        }
    }

    public func getFiles(_ file: FileReference) -> AsyncThrowingStream<[FileDownload], any Error> {
        let walk = walk(below: file)
        return AsyncThrowingStream { [self] in
            try await walk.nextGroup().map { files, source in
                files.map { file in
                    let whole = 0..<Int64(file.stored.size)
                    return FileDownload(
                        info: fileInfo(source.commit, file.path, .file, size: whole.upperBound, id: file.stored.id), range: whole,
                        content: content(of: file.stored, whole, source.objects))
                }
            }
        }
    }

    private func walk(below file: FileReference) -> FileWalk {
        FileWalk(below: file.path) { [self] in
            let (objects, commit) = try await snapshot(file)
            let node = try await blocking { try self.node(file, commit, TreeReader(objects)) }
            return FileWalk.Source(objects: objects, commit: commit, node: node)
        }
    }

    public func globFiles(_ pattern: String, in commit: CommitReference) async throws -> [FileInfo] {
        let (objects, row) = try await snapshot(commit)
        let glob: Glob
        do {
            glob = try Glob(pattern)
        } catch {
            throw PachError(.invalidArgument, "glob \(quoted(pattern)) does not parse", cause: "\(error)")
        }
        return try await Cancellation.blocking { cancellation in
            let reader = TreeReader(cancellation.searching(objects))
            var found: [FileInfo] = []
            if glob.start.isMatch { found.append(try self.fileInfo(row, .root, TreeNode(kind: .folder, id: row.tree), reader)) }
            try self.glob(glob.start, below: .root, row.tree, row, reader, &found)
            return found
        }
    }

    private func glob(
        _ state: Glob.State, below path: FilePath, _ folder: ObjectID, _ commit: CommitRow, _ reader: TreeReader, _ found: inout [FileInfo]
    ) throws {
        guard state.canDescend else { return }
        for entry in try reader.list(folder) {
            guard let next = state.advanced(byComponent: entry.name.description.utf8) else { continue }
            let path = path.appending(entry.name)
            if next.isMatch { found.append(try fileInfo(commit, path, entry.node, reader)) }
            if entry.kind == .folder { try glob(next, below: path, entry.id, commit, reader, &found) }
        }
    }

    public func diffFiles(new: FileReference, old: FileReference?, shallow: Bool) async throws -> [FileDifference] {
        let (newSnapshot, newCommit) = try await snapshot(new)
        let oldSnapshot = try await olderSide(of: newCommit, new, old)
        return try await Cancellation.blocking { cancellation in
            let newObjects = cancellation.searching(newSnapshot)
            var oldSide = oldSnapshot
            if let objects = oldSide?.objects { oldSide?.objects = cancellation.searching(objects) }
            let newReader = TreeReader(newObjects)
            let newNode = try newReader.node(at: new.path, in: newCommit.tree)
            let oldNode = try oldSide.flatMap { try TreeReader($0.objects).node(at: $0.path, in: $0.commit.tree) }
            guard newNode != nil || oldNode != nil else { throw new.missing(in: newCommit) }
            // Both sides in one place, where they are of different repos.
            let both = OverlaidReader(newObjects, oldSide?.objects)
            let newInfo = { (path: FilePath, node: TreeNode) in
                try self.fileInfo(newCommit, new.path.appending(path), node, newReader)
            }
            let oldInfo = { (path: FilePath, node: TreeNode) in
                guard let oldSide else { preconditionFailure("what is only on the old side has an old side") }
                return try self.fileInfo(oldSide.commit, oldSide.path.appending(path), node, TreeReader(oldSide.objects))
            }
            guard newNode?.kind ?? .folder == .folder, oldNode?.kind ?? .folder == .folder else {
                guard newNode != oldNode else { return [] }
                return [
                    FileDifference(newFile: try newNode.map { try newInfo(.root, $0) }, oldFile: try oldNode.map { try oldInfo(.root, $0) })
                ]
            }
            var rows: [FileDifference] = []
            let diff = TreeDiff(both)
            if shallow {
                for entry in try diff.entries(old: oldNode?.id, new: newNode?.id) {
                    let path = FilePath([entry.name])
                    rows.append(
                        FileDifference(
                            newFile: try entry.new.map { try newInfo(path, $0) }, oldFile: try entry.old.map { try oldInfo(path, $0) }))
                }
            } else {
                var changes: [(FilePath, TreeNode?, TreeNode?)] = []
                try diff.files(old: oldNode?.id, new: newNode?.id) { path, old, new in
                    changes.append((path, old, new))
                    return true
                }
                for (path, old, new) in changes {
                    rows.append(
                        FileDifference(newFile: try new.map { try newInfo(path, $0) }, oldFile: try old.map { try oldInfo(path, $0) }))
                }
            }
            return rows
        }
    }

    private struct OlderSide {
        var objects: any ObjectReader
        var commit: CommitRow
        var path: FilePath
    }

    /// What a diff compares with: what was asked for, else the parent; nil where there is none.
    private func olderSide(of commit: CommitRow, _ new: FileReference, _ old: FileReference?) async throws -> OlderSide? {
        if let old {
            let (objects, row) = try await snapshot(old)
            return OlderSide(objects: objects, commit: row, path: old.path)
        }
        guard let parent = commit.parent else { return nil }
        return try await ledger.read { [ledger] database in
            guard let row = try database.nearestGood(parent) else { return nil }
            return OlderSide(objects: try ledger.store(row.repo, in: database).objects, commit: row, path: new.path)
        }
    }

    // MARK: Infos

    private func node(_ file: FileReference, _ commit: CommitRow, _ reader: TreeReader) throws(PachError) -> TreeNode {
        guard let node = try reader.node(at: file.path, in: commit.tree) else { throw file.missing(in: commit) }
        return node
    }

    func fileInfo(_ commit: CommitRow, _ path: FilePath, _ node: TreeNode, _ reader: TreeReader) throws(PachError) -> FileInfo {
        fileInfo(commit, path, node.kind.isFile ? .file : .folder, size: Int64(try reader.totals(of: node).bytes), id: node.id)
    }

    private func fileInfo(_ commit: CommitRow, _ path: FilePath, _ kind: FileKind, size: Int64, id: ObjectID) -> FileInfo {
        FileInfo(
            file: FileInfo.Link(commit: commit.link, path: path), fileType: kind, committed: commit.finished, sizeBytes: size, hash: id)
    }
}

extension FileReference {
    /// Why there is no such file.
    /// - Parameter commit: nil where it is not known yet which one is meant.
    func missing(in commit: CommitRow? = nil) -> PachError {
        let place = commit.map { "repo \($0.repo) at commit \($0.id)" } ?? "\(self.commit)"
        let isPattern = path.description.contains { "*?[{".contains($0) }
        return PachError(
            .notFound, "file \(path) not found in \(place)",
            hint: isPattern ? "Patterns are for 'pach glob file'." : "'pach list file \(self.commit):\(path.parent)' shows what there is.")
    }
}
