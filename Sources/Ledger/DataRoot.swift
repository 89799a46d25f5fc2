internal import Files
internal import Foundation
internal import GitStore
internal import Glibc
public import Model

/// The folder that holds everything: `<repo>.git` for each repo, `.pach/` for what is the engine's own, and `.pach-scratch/` for workers.
public struct DataRoot: Sendable, Hashable {
    /// Absolute.
    public let path: String

    public init(path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    public func repoPath(_ repo: RepoName) -> String { "\(path)/\(repo).git" }
    public var ownPath: String { "\(path)/.pach" }
    public var databasePath: String { "\(ownPath)/metadata.sqlite" }
    /// Held while a process owns the root.
    public var lockPath: String { "\(ownPath)/lock" }
    /// The secret that clients of a server show.
    public var tokenPath: String { "\(ownPath)/token" }
    /// Where the server that owns the root listens.
    public var serverPath: String { "\(ownPath)/server" }
    public var logsPath: String { "\(ownPath)/logs" }
    /// There while a process has the root open. Who finds it when it opens the root knows that the last one crashed.
    public var openPath: String { "\(ownPath)/open" }
    /// A file that is given up when the disk is full.
    public var ballastPath: String { "\(ownPath)/ballast" }
    /// Folders of workers and pipelines' code; what an earlier process left there is not used. Not in the engine's own folder, which nobody
    /// else passes: user code may have another identity, and no sandbox that would bring it there.
    public var scratchPath: String { "\(path)/.pach-scratch" }

    /// The names of the repos' folders that are there, whatever the database says.
    public func repoFolders() throws(PachError) -> [RepoName] {
        try Folder.names(in: path).compactMap(RepoName.init(folder:)).sorted()
    }

    /// A root with repos and no database was one with a database: to begin with an empty one would make all of them unknown.
    /// - Throws: `corrupt`.
    func requireDatabase() throws(PachError) {
        guard !hasDatabase, let repo = try repoFolders().first else { return }
        throw PachError(
            .corrupt, "the data root \(quoted(path)) has repos, such as \(repo), and its database is gone",
            hint: "'pach fsck --rebuild' makes a new one from the repos; 'pach restore' makes another data root from a backup.")
    }

    /// Makes a data root where there is none.
    /// - Throws: `conflict` where the folder is a backup, or would be made in one.
    public func create() throws(PachError) {
        try namingOwner { () throws(PachError) in
            try requireNoBackup()
            try makeFolders([scratchPath])
        }
    }

    /// Makes the folders that are missing in a data root that is there.
    /// - Throws: `notFound` where none is; `conflict` where the folder is a backup, or in one.
    public func prepare() throws(PachError) {
        try namingOwner { () throws(PachError) in
            try requireNoBackup()
            guard try isBegun else {
                throw PachError(
                    .notFound, "there is no data root in \(quoted(path))",
                    hint: "Name the one you mean with --root DIR or PACH_ROOT; 'pach create repo' makes one.")
            }
            try makeFolders([scratchPath])
        }
    }

    /// Whether the engine's own folder is there, or any repo: who has lost the former has a data root to rebuild.
    public var isBegun: Bool {
        get throws(PachError) {
            try namingOwner { () throws(PachError) in
                if try Folder.status(of: ownPath) != nil { return true }
                guard try Folder.status(of: path)?.isFolder == true else { return false }
                return try !repoFolders().isEmpty
            }
        }
    }

    /// Tells who is kept out by the folders of somebody else whom to ask.
    private func namingOwner<Value>(_ body: () throws(PachError) -> Value) throws(PachError) -> Value {
        do throws(PachError) {
            return try body()
        } catch {
            guard error.code == .inaccessible, let folder = foreignFolder else { throw error }
            throw PachError(
                .inaccessible,
                [path, ownPath].contains(folder)
                    ? "the data root \(quoted(path)) belongs to another user"
                    : "the data root \(quoted(path)) lies in \(quoted(folder)), which another user keeps closed",
                cause: error.cause,
                hint: "Ask who serves it for address and token, for PACH_ADDRESS and PACH_TOKEN; or choose another with --root DIR.")
        }
    }

    /// The innermost folder of the root, or above it, that may be looked at, where it is another user's; nil also where the root is not there.
    private var foreignFolder: String? {
        var folder = ownPath
        while true {
            do throws(PachError) {
                guard let status = try Folder.status(of: folder), status.owner != geteuid() else { return nil }
                return folder
            } catch {
                // What cannot be looked at is closed by a folder above it.
                guard folder != "/" else { return nil }
                folder = Folder.parent(of: folder)
            }
        }
    }

    /// The next backup to a folder copies over what was written there in between, and removes it; so nothing opens one.
    private func requireNoBackup() throws(PachError) {
        var folder = path
        while true {
            if try BackupMark.read(folder) != nil {
                throw PachError(
                    .conflict,
                    folder == path
                        ? "the folder \(quoted(path)) is a backup, not a data root"
                        : "the data root \(quoted(path)) would lie within the backup \(quoted(folder))",
                    hint: "'pach restore \(folder) --root DIR' makes a data root of a backup.")
            }
            // A root that is there already was made before the backup around it.
            guard !hasDatabase, folder != "/" else { return }
            folder = Folder.parent(of: folder)
        }
    }

    /// Whether a database is there, whatever is in it.
    public var hasDatabase: Bool { access(databasePath, F_OK) == 0 }

    /// Makes the folders that are missing: those of a backup, and `more`.
    func makeFolders(_ more: [String] = []) throws(PachError) {
        // Before the database is there nothing is. Whoever made the folders may have crashed before they were durable.
        let isNew = !hasDatabase
        do throws(PachError) {
            for folder in [path, ownPath, logsPath] + more { try Durability.makeFolder(folder) }
            if isNew { for folder in [Folder.parent(of: path), path] { try Durability.sync(folder) } }
        } catch {
            throw PachError(
                error.code, error.message, cause: error.cause, hint: "Choose another data root with --root DIR or PACH_ROOT.")
        }
        // The engine's own folder holds the token: nobody else looks in.
        guard chmod(ownPath, 0o700) == 0 else {
            let reason = errno
            throw PachError(
                .io, "could not protect the folder \(quoted(ownPath))", cause: String(cString: strerror(reason)),
                hint: reason == EROFS ? "A data root has to be writable, also for reading: copy it, or mount it so." : nil)
        }
    }

    /// The token, made at the first call.
    /// - Throws: also where there is one that cannot be read just now: another one would lock out all who have it.
    public func token() throws(PachError) -> String {
        if let token = try presentToken() { return token }
        var generator = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in
            let word = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - word.utf8.count) + word
        }.joined()
        var copy = FileCopy(links: false)
        try copy.write(token, to: tokenPath, mode: 0o600)
        try copy.settle()
        return token
    }

    /// The token; nil where there is none. A line feed that an editor left behind it is not part of it.
    public func presentToken() throws(PachError) -> String? {
        guard let text = try MarkFile.text(of: tokenPath) else { return nil }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return token.isEmpty ? nil : token
    }
}

extension RepoName {
    /// The repo that has the folder of this name; nil where none can have it.
    init?(folder: String) {
        guard folder.hasSuffix(".git") else { return nil }
        do throws(PachError) {
            try self.init(String(folder.dropLast(4)))
        } catch {
            return nil
        }
    }
}
