import Files
import Glibc
public import Model

extension GitRepository {
    /// Creates a repo: built beside its place, synced, renamed, so that a crash leaves all of it or nothing.
    ///
    /// - Parameters:
    ///   - path: where it will be: a folder whose name ends in `.git`, and which does not exist.
    ///   - title: what `description` says, and `gitweb` shows.
    /// - Throws: `alreadyExists`, `outOfSpace`, `io`.
    public static func create(
        at path: String, title: String, format: RepositoryFormat = .current, files: OpenFiles
    ) throws(PachError) -> GitRepository {
        let parent = Folder.parent(of: path)
        guard try Folder.status(of: path, followingLinks: false) == nil else {
            throw PachError(.alreadyExists, "Could not create the repository \(quoted(path)): it exists")
        }
        let temporary = "\(parent)/\(Folder.temporaryName())"
        let calls = FileCalls(onSyncFailure: files.onSyncFailure)
        do throws(PachError) {
            try build(at: temporary, title: title, format: format, calls: calls)
            try Folder.rename(temporary, to: path)
            try Folder.sync(parent, calls: calls)
        } catch {
            // What remains is found when the data root is opened; the first failure is the one to tell.
            try? Folder.removeTree(temporary)
            throw error
        }
        return try GitRepository(opening: path, files: files)
    }

    /// Removes a repo as a whole: a crash leaves all of it or, under a name that `removeLeftovers(in:)` knows, nothing.
    public static func remove(at path: String, files: OpenFiles) throws(PachError) {
        let parent = Folder.parent(of: path)
        let temporary = "\(parent)/\(Folder.temporaryName())"
        try Folder.rename(path, to: temporary)
        files.forget(below: path)
        try Folder.sync(parent, calls: FileCalls(onSyncFailure: files.onSyncFailure))
        try Folder.removeTree(temporary)
    }

    /// Removes what crashed creations and removals of repos left in the folder of repos.
    ///
    /// Only for the owner of the data root: another process's creation looks the same.
    /// - Returns: why some of it could not be removed, such as files of another user, which is in nobody's way.
    public static func removeLeftovers(in folder: String) throws(PachError) -> [PachError] {
        var failures: [PachError] = []
        for name in try Folder.names(in: folder) where name.hasPrefix(Folder.temporaryPrefix) {
            do throws(PachError) {
                try Folder.removeTree("\(folder)/\(name)")
            } catch {
                guard !error.concernsAll else { throw error }
                failures.append(error)
            }
        }
        return failures
    }

    /// What a repo has besides files, each after the one that it is in.
    static let folders = ["hooks", "info", "objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"]

    /// What `HEAD` says in each repo.
    static let headText = "ref: refs/heads/master\n"

    /// Lays out a bare repository (gitrepository-layout(5)). Written by hand: so each byte of it is known and synced.
    private static func build(at path: String, title: String, format: RepositoryFormat, calls: FileCalls) throws(PachError) {
        try Folder.create(path)
        for folder in folders { try Folder.create("\(path)/\(folder)") }
        try write(headText, to: "\(path)/HEAD", calls: calls)
        try write(config(format), to: "\(path)/config", calls: calls)
        try write(title + "\n", to: "\(path)/description", calls: calls)
        try write(preReceiveHook, to: "\(path)/hooks/pre-receive", mode: 0o755, calls: calls)
        for folder in folders { try Folder.sync("\(path)/\(folder)", calls: calls) }
        try Folder.sync(path, calls: calls)
    }

    /// Says where the history that is kept begins: the commits whose parents are not there (gitrepository-layout(5), "shallow"). Durable on
    /// return; nothing is written where that is what the repo says already.
    public func setShallow(_ boundaries: Set<ObjectID>) throws(PachError) {
        let path = "\(path)/shallow"
        let text = boundaries.sorted().map { "\($0)\n" }.joined()
        let present = try Folder.status(of: path)?.byteCount ?? 0
        // One of another length may be far larger than what can be read.
        if present == text.utf8.count, try text.isEmpty ? true : Self.text(of: path) == text { return }
        if text.isEmpty {
            try Folder.removeFile(path)
        } else {
            return try replaceFile("shallow", with: text)
        }
        try Folder.sync(self.path, calls: calls)
    }

    /// Puts a file with this text in the place of what is there, durably.
    /// - Parameter name: relative to the repository.
    func replaceFile(_ name: String, with text: String) throws(PachError) {
        try Self.replace(name, in: path, with: text, calls: calls)
    }

    static func replace(
        _ name: String, in path: String, with text: String, mode: mode_t = 0o644, calls: FileCalls
    ) throws(PachError) {
        let temporary = "\(path)/\(Folder.temporaryName())"
        try File.replace("\(path)/\(name)", through: temporary, mode: mode, calls: calls) { (file) throws(PachError) in
            try file.write(Array(text.utf8), at: 0)
        }
        try Folder.sync(Folder.parent(of: "\(path)/\(name)"), calls: calls)
    }

    /// The commits whose parents are not there, as the repo says; see `setShallow`.
    public func shallow() throws(PachError) -> Set<ObjectID> {
        let path = "\(path)/shallow"
        guard try Folder.status(of: path) != nil else { return [] }
        return Set(try Self.text(of: path).split(separator: "\n").compactMap { ObjectID(hex: $0) })
    }

    static func text(of path: String) throws(PachError) -> String {
        String(decoding: try File.open(path).bytes(upTo: Limits.wholeFileByteCountMax), as: UTF8.self)
    }

    static func write(_ text: String, to path: String, mode: mode_t = 0o644, calls: FileCalls) throws(PachError) {
        let file = try File.create(path, mode: mode, calls: calls)
        try file.write(Array(text.utf8), at: 0)
        try file.sync()
    }

    /// Stock Git beside us may read everything and destroy nothing.
    static func config(_ format: RepositoryFormat) -> String {
        """
        [core]
        \trepositoryformatversion = 1
        \tfilemode = true
        \tbare = true
        \tlogallrefupdates = false
        \tmultipackindex = false
        \tcommitgraph = false
        [extensions]
        \tpreciousobjects = true
        [gc]
        \tauto = 0
        \twritecommitgraph = false
        \tpruneexpire = never
        [maintenance]
        \tauto = false
        [repack]
        \twritebitmaps = false
        [receive]
        \tautogc = false
        \tfsckobjects = true
        [pach]
        \tformat = \(format.version)
        \tchunker = \(format.chunker)

        """
    }

    static let preReceiveHook = """
        #!/bin/sh
        # Commits come from pach alone, which records where each came from.
        echo "This repository is kept by pach and takes no pushes." >&2
        echo "To add files, use: pach put file REPO@BRANCH:/PATH -f FILE" >&2
        exit 1

        """
}
