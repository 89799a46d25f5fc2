import Foundation
import Model
import Operations
import Synchronization

/// Puts a folder, and leaves out what did not change since it was put the last time and is in the commit as it was put then.
///
/// What stays behind is compared by content id, so it does not matter who changed the commit in between, or whether it is the same one.
struct FolderPut {
    /// Fewer files of fewer bytes than these are read as fast as they are remembered.
    private static let rememberedFileCountMin = 256
    private static let rememberedByteCountMin = 16 << 20

    /// Others may change the commit between the look at it and the put; then it is looked at again, so many times.
    private static let tryCount = 3

    private let source: String
    private let cachePlace: String
    private let commit: CommitReference
    private var scan: FolderScan
    /// Where each folder is in the repo.
    private var paths: [FilePath] = []
    /// The files in each folder and below.
    private var fileCounts: [Int] = []
    /// For each folder, whether it and all below is as the cache knows it.
    private var isKnown: [Bool] = []

    /// - Parameters:
    ///   - source: the folder's path.
    ///   - target: where its files go.
    ///   - cachePlace: where `StatCache` keeps what it remembers.
    ///   - now: the time.
    /// - Returns: nil where the folder has to be walked one file after the other.
    init?(_ source: String, to target: FilePath, in commit: CommitReference, cachePlace: String, now: Timestamp) async throws {
        guard let resolved = realpath(source, nil) else { return nil }
        defer { free(resolved) }
        self.source = String(cString: resolved)
        self.cachePlace = cachePlace
        self.commit = commit
        let cache = StatCache.read(self.source, in: cachePlace)
        guard let scan = try await FolderScan(source, cache, now: now) else { return nil }
        self.scan = scan
        do {
            try findPaths(below: target)
        } catch {
            return nil
        }
        sumUp()
    }

    private mutating func findPaths(below target: FilePath) throws(PachError) {
        paths = [target]
        for (index, folder) in scan.folders.enumerated() {
            for (number, record) in folder.records.enumerated() where record.isFolder {
                precondition(record.folderIndex == paths.count, "folders are numbered as they are found")
                paths.append(paths[index].appending(try FileName(bytes: folder.name(number))))
            }
        }
    }

    /// From the innermost folders outwards.
    private mutating func sumUp() {
        fileCounts = Array(repeating: 0, count: scan.folders.count)
        isKnown = Array(repeating: true, count: scan.folders.count)
        for (index, folder) in scan.folders.enumerated().reversed() {
            for record in folder.records {
                fileCounts[index] += record.folderIndex.map { fileCounts[$0] } ?? 1
                isKnown[index] = isKnown[index] && record.contentID != nil && (record.folderIndex.map { isKnown[$0] } ?? true)
            }
        }
    }

    /// Puts the folder, durably, and remembers it.
    mutating func run(_ engine: any Operations, _ meter: ProgressMeter) async throws -> ChangeResult {
        var comparison = Comparison(of: scan)
        for _ in 0..<Self.tryCount {
            guard let present = try await compare(&comparison, engine) else { break }
            do {
                let result = try await engine.putFiles(
                    uploads(comparison, meter), in: commit, mode: .overwrite, present: present.count > 0 ? present : nil)
                try await remember(comparison, result, engine)
                return result
            } catch let error as PachError where error.code == .preconditionFailed {
                continue
            }
        }
        comparison = Comparison(of: scan)
        try addAll(to: &comparison)
        let result = try await engine.putFiles(uploads(comparison, meter), in: commit, mode: .overwrite)
        try await remember(comparison, result, engine)
        return result
    }

    // MARK: What is different

    /// What a commit lacks of the folder.
    private struct Comparison {
        struct Upload {
            var folder: Int
            var index: Int
            var name: FileName
        }

        var uploads: [Upload] = []
        /// Whether something in the folder or below has to be sent.
        var sends: [Bool]
        /// The id of each folder in the commit, as far as it was looked at.
        var treeIDs: [ObjectID?]

        init(of scan: FolderScan) {
            sends = Array(repeating: false, count: scan.folders.count)
            treeIDs = Array(repeating: nil, count: scan.folders.count)
        }

        mutating func add(_ upload: Upload, _ scan: FolderScan) {
            uploads.append(upload)
            var folder: Int? = upload.folder
            while let index = folder, !sends[index] {
                sends[index] = true
                folder = scan.folders[index].parent
            }
        }
    }

    /// Finds out what the commit lacks.
    /// - Returns: what it has; nil where it cannot be read, or moves.
    private func compare(_ comparison: inout Comparison, _ engine: any Operations) async throws -> PresentFiles? {
        comparison = Comparison(of: scan)
        do {
            var present = PresentFiles(tree: try await engine.inspectCommit(commit, wait: false).tree, count: 0)
            var rest: [(folder: Int, isThere: Bool)] = [(0, true)]
            while let (index, isThere) = rest.popLast() {
                let listing = isThere ? try await listing(of: index, in: commit, engine) : nil
                guard listing == nil || listing?.tree == present.tree else { return nil }
                var below: [(folder: Int, isThere: Bool)] = []
                try forEach(in: index, beside: listing?.entries ?? []) { name, number, entry in
                    let record = scan.folders[index].records[number]
                    if let folder = record.folderIndex {
                        let id = entry.flatMap { $0.fileType == .folder ? $0.hash : nil }
                        comparison.treeIDs[folder] = id
                        if let id, isKnown[folder], record.contentID == id {
                            present.count += fileCounts[folder]
                        } else {
                            below.append((folder, id != nil))
                        }
                    } else if let id = record.contentID, let entry, entry.fileType == .file, entry.hash == id {
                        present.count += 1
                    } else {
                        comparison.add(Comparison.Upload(folder: index, index: number, name: name), scan)
                    }
                }
                rest += below.reversed()
            }
            return present
        } catch is PachError {
            // The put itself tells what is the matter, if anything is.
            return nil
        }
    }

    private func addAll(to comparison: inout Comparison) throws {
        var rest = [0]
        while let index = rest.popLast() {
            var below: [Int] = []
            try forEach(in: index, beside: []) { name, number, _ in
                if let folder = scan.folders[index].records[number].folderIndex {
                    below.append(folder)
                } else {
                    comparison.add(Comparison.Upload(folder: index, index: number, name: name), scan)
                }
            }
            rest += below.reversed()
        }
    }

    /// What a commit has of a folder; nil for nothing.
    private func listing(of folder: Int, in commit: CommitReference, _ engine: any Operations) async throws -> FolderListing? {
        do {
            return try await engine.listFolder(FileReference(commit: commit, path: paths[folder]))
        } catch let error as PachError where error.code == .notFound || error.code == .invalidArgument {
            return nil
        }
    }

    /// Visits what is in a folder, by name, each with the entry of that name.
    /// - Parameter entries: by name.
    private func forEach(
        in folder: Int, beside entries: [FolderListing.Entry], _ body: (FileName, Int, FolderListing.Entry?) throws -> Void
    ) throws {
        let folder = scan.folders[folder]
        var rest = entries[...]
        for number in folder.nameOrder {
            let name = try FileName(bytes: folder.name(number))
            while let entry = rest.first, entry.name < name { rest.removeFirst() }
            try body(name, number, rest.first.flatMap { $0.name == name ? $0 : nil })
        }
    }

    // MARK: Sending

    private func uploads(_ comparison: Comparison, _ meter: ProgressMeter) -> FileUploads {
        let next = Counter()
        return FileUploads { [paths, scan] in
            let number = next.take()
            guard number < comparison.uploads.count else { return nil }
            let upload = comparison.uploads[number]
            let folder = scan.folders[upload.folder]
            let place = folder.place(of: upload.index)
            // Files that the kernel makes up (`/proc`) say that they are empty; there only reading tells.
            let size = Int64(clamping: folder.records[upload.index].size)
            meter.begin(place)
            return FileUpload(
                path: paths[upload.folder].appending(upload.name), sizeBytes: size > 0 ? size : nil,
                content: .reading(file: place, count: size > 0 ? size : nil).reporting(meter.add))
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)

        func take() -> Int {
            value.add(1, ordering: .relaxed).oldValue
        }
    }

    // MARK: Remembering

    /// Writes down the ids that the commit has for the files.
    private mutating func remember(_ comparison: Comparison, _ result: ChangeResult, _ engine: any Operations) async throws {
        guard scan.fileCount >= Self.rememberedFileCountMin || scan.byteCount >= Self.rememberedByteCountMin else { return }
        var learns = false
        var comparison = comparison
        do {
            for index in scan.folders.indices where comparison.sends[index] {
                learns = true
                let put = CommitReference(result.commit.commit.commit)
                // An open commit may have been changed since: then its ids tell nothing of what was put.
                guard let listing = try await listing(of: index, in: put, engine), listing.tree == result.commit.tree else { return }
                var ids: [(Int, ObjectID)] = []
                try forEach(in: index, beside: listing.entries) { _, number, entry in
                    guard let entry else { return }
                    if let folder = scan.folders[index].records[number].folderIndex {
                        comparison.treeIDs[folder] = entry.hash
                    } else {
                        ids.append((number, entry.hash))
                    }
                }
                for (number, id) in ids { scan.folders[index].records[number].contentID = id }
            }
        } catch is PachError {
            // The put succeeded, and that is what counts.
            return
        }
        for index in scan.folders.indices {
            for number in scan.folders[index].records.indices {
                let record = scan.folders[index].records[number]
                if let folder = record.folderIndex {
                    guard let id = comparison.treeIDs[folder], id != record.contentID else { continue }
                    scan.folders[index].records[number].contentID = id
                    learns = true
                } else if !record.showsChanges(after: scan.begun) || !scan.folders[index].isReliable(record) {
                    scan.folders[index].records[number].contentID = nil
                }
            }
        }
        if learns { StatCache.write(scan.folders.map { ($0.names, $0.records) }, of: source, in: cachePlace) }
    }
}
