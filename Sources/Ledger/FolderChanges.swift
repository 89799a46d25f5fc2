internal import Files
internal import GitStore
public import Model

/// What a new database asks of the folders of repos. It is done as that database takes the old one's place: as long as the old one counts, what that
/// one names stays where it is, and no crash leaves a part of it undone.
public struct FolderChanges: Sendable {
    /// Repos whose folders give way, with the names that these have then.
    private var asides: [RepoName: String] = [:]
    /// Repos that begin empty, where their folders were if they had one.
    private var creations: Set<RepoName> = []

    private static let asideMark = ".git.unreadable-"

    public init() {}

    /// Has the folder of a repo that could not be read put out of the way.
    /// - Returns: where it will be.
    public mutating func setAside(_ repo: RepoName, in root: DataRoot) -> String {
        let folder = asides[repo] ?? "\(repo)\(Self.asideMark)\(Timestamp.now.microseconds)"
        asides[repo] = folder
        return "\(root.path)/\(folder)"
    }

    public mutating func create(_ repo: RepoName) {
        creations.insert(repo)
    }

    static func isAside(_ folder: String) -> Bool { folder.contains(asideMark) }

    // MARK: Carrying out

    /// Begins where a crash or a failure ended it.
    func carryOut(in root: DataRoot) throws(PachError) {
        for (repo, folder) in asides {
            let (path, aside) = (root.repoPath(repo), "\(root.path)/\(folder)")
            let isDone = try Folder.status(of: aside, followingLinks: false) != nil
            if !isDone, try Folder.status(of: path, followingLinks: false) != nil { try Folder.rename(path, to: aside) }
        }
        try Durability.sync(root.path)
        for repo in creations where try Folder.status(of: root.repoPath(repo), followingLinks: false) == nil {
            _ = try GitRepository.create(at: root.repoPath(repo), title: "pach repo \(repo)", files: OpenFiles())
        }
    }

    // MARK: On disk

    private static func path(_ root: DataRoot) -> String { "\(root.databasePath).successor-folders" }

    static func read(_ root: DataRoot) throws(PachError) -> FolderChanges {
        var changes = FolderChanges()
        for line in try (MarkFile.text(of: path(root)) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            let repo = try RepoName(String(words[0]))
            if words.count == 2 { changes.asides[repo] = String(words[1]) } else { changes.creations.insert(repo) }
        }
        return changes
    }

    /// Takes the place of what was written before, for a database that did not come to count.
    func write(_ root: DataRoot) throws(PachError) {
        let lines = asides.map { "\($0.key) \($0.value)\n" }.sorted() + creations.map { "\($0)\n" }.sorted()
        var copy = FileCopy(links: false)
        try copy.write(lines.joined(), to: Self.path(root), mode: 0o600)
        try copy.settle()
    }

    static func remove(_ root: DataRoot) throws(PachError) {
        try Folder.removeFile(path(root))
    }
}

extension DataRoot {
    /// Folders of repos that a rebuild could not read, and put out of the way.
    public func foldersSetAside() throws(PachError) -> [String] {
        try Folder.names(in: path).filter(FolderChanges.isAside).sorted()
    }
}
