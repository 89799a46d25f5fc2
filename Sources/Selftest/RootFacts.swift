internal import Foundation

/// What a data root shows of itself, without what differs from run to run: ids and times.
struct RootFacts: Sendable, Hashable {
    /// A line for each commit, as the database has it, and for each ref, as Git has it, with the ids of their trees.
    var lines: [String]

    /// Opens the root, and looks.
    /// - Throws: `Problem` where it does not open, or is not sound by our own judgement or by stock Git's (invariants 2 and 5 to 9).
    init(of house: House) throws {
        try Self.open(house)
        try self.init(ofOpened: house)
    }

    /// Opens the root, which repairs it and publishes everything.
    /// - Parameter chance: makes it come out the same every time.
    static func open(_ house: House, _ chance: Chance? = nil) throws {
        let fsck = try house.pach(["fsck", "--publish"], plan: chance.map { FaultPlan(chance: $0) })
        guard fsck.code == 0 || fsck.findsNoRoot else { throw Problem("pach fsck: \(fsck.summary)") }
        // Git's refs follow the database without a word of a foreign hand.
        guard !fsck.error.contains("pach:") else { throw Problem("pach fsck remarks: \(fsck.error)") }
    }

    /// Looks at a root that has been opened.
    init(ofOpened house: House) throws {
        let list = try house.pach(["list", "commit", "-x", "-o", "json"])
        guard !list.findsNoRoot else {
            lines = []
            return
        }
        let commits = try Self.commits(list)
        lines = commits.map(\.line)
        let busy = Set(commits.filter { $0.state != "FINISHED" }.map { "\($0.commit.branch.repo.name).git" })
        let repos = try house.pach(["list", "repo", "-o", "json"])
        guard repos.code == 0 else { throw Problem("pach list repo: \(repos.summary)") }
        lines += try repos.output.split(separator: "\n").map { try JSONDecoder().decode(Repo.self, from: Data($0.utf8)).line }
        for repo in try house.repos() {
            let refs = try house.git(repo, ["for-each-ref", "--format=%(refname) %(tree)"])
            guard refs.code == 0 else { throw Problem("git for-each-ref in \(repo): \(refs.summary)") }
            // A repository without refs may be one that was made and got no name; it serves the next that wants to be called so.
            for line in refs.output.split(separator: "\n") {
                let words = line.split(separator: " ")
                let tree = words.count > 1 ? String(words[1]) : ""
                if let line = try Self.line(ofRef: String(words[0]), tree: tree, in: repo, busy: busy) { lines.append(line) }
            }
        }
        if let restored = try house.listOfRestored() { lines += try Self.commits(restored).map { "restored: \($0.line)" } }
    }

    private static func commits(_ list: ProgramOutcome) throws -> [Commit] {
        guard list.code == 0 else { throw Problem("pach list commit: \(list.summary)") }
        return try list.output.split(separator: "\n").map { try JSONDecoder().decode(Commit.self, from: Data($0.utf8)) }
    }

    /// What a ref shows.
    /// - Parameter busy: the Git repositories of repos with commits that are not finished.
    /// - Returns: nil for the index of good outputs of a job that is under way: one that takes long keeps what it has so far.
    /// - Throws: `Problem` where a foreign hand is said to have moved a ref.
    static func line(ofRef name: String, tree: String, in repo: String, busy: Set<String>) throws -> String? {
        if name.hasPrefix("refs/pach/foreign/") { throw Problem("\(repo) has the ref \(name)") }
        let isIndex = name == "refs/pach/datums"
        if isIndex, busy.contains(repo) { return nil }
        let isOneOfMany = name.hasPrefix("refs/pach/commits/") || name.hasPrefix("refs/pach/failed/")
        let shown = isOneOfMany ? String(name[...(name.lastIndex(of: "/") ?? name.startIndex)]) : name
        return "\(repo) \(shown) \(Commit.isSteady(repo) && !isIndex ? tree : "")"
    }

    /// What `git fsck --strict` finds wrong in any of the repos (invariant 5).
    static func checkWithGit(_ house: House) throws {
        for repo in try house.repos() {
            let verdict = try house.git(repo, ["fsck", "--strict", "--no-dangling"])
            // A repo without commits has a HEAD that points nowhere yet.
            let complaints = verdict.error.split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
            guard verdict.code == 0, complaints.isEmpty else { throw Problem("git fsck --strict in \(repo): \(verdict.summary)") }
        }
    }

    /// The same root without a branch.
    func without(_ branch: String) -> RootFacts {
        var rest = self
        rest.lines.removeAll { $0.contains("@\(branch) ") || $0.contains(" refs/heads/\(branch) ") }
        return rest
    }

    /// The first line in which two roots differ.
    func difference(from other: RootFacts) -> String {
        for index in 0..<max(lines.count, other.lines.count) {
            let mine = index < lines.count ? lines[index] : "nothing more"
            let its = index < other.lines.count ? other.lines[index] : "nothing more"
            if mine != its { return "'\(mine)' where '\(its)' is expected" }
        }
        return "none"
    }

    private struct Repo: Decodable {
        struct Name: Decodable {
            var name: String
            var type: String
        }
        var repo: Name
        var description: String

        var line: String { "repo \(repo.name).\(repo.type) \(description)" }
    }

    private struct Commit: Decodable {
        struct Link: Decodable {
            struct Branch: Decodable {
                struct Repo: Decodable {
                    var name: String
                    var type: String
                }
                var name: String
                var repo: Repo
            }
            var branch: Branch
        }
        struct Origin: Decodable { var kind: String }
        var commit: Link
        var description: String
        var origin: Origin
        var state: String
        var tree: String
        var error: String?

        /// Records of datums have times in them, specs a salt.
        static func isSteady(_ repo: String) -> Bool { !repo.hasSuffix(".meta.git") && !repo.hasSuffix(".spec.git") }

        var line: String {
            let repo = commit.branch.repo
            let shown = repo.type == "user" ? tree : ""
            let text = description.hasPrefix("commit ") ? "" : description
            return "\(repo.name).\(repo.type)@\(commit.branch.name) \(origin.kind) \(state) \(shown) \(text) \(error ?? "")"
        }
    }
}

/// Something that must not be: a failure of what is tested.
struct Problem: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
