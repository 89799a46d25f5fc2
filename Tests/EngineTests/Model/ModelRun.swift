import Model
import Operations
import Storage
import TestSupport

@testable import Engine
@testable import Ledger

/// Runs a program on an engine and on the model at once, and compares them after each step.
struct ModelRun {
    struct Difference: Error, CustomStringConvertible {
        var description: String
    }

    /// How an engine says no.
    private static let refusals: Set<PachError.Code> = [.notFound, .alreadyExists, .conflict, .invalidArgument]

    private let test: TestEngine
    private var model = RootModel()
    private let store = InMemoryStore()
    private var trees: [CommitID: ObjectID] = [:]
    /// Decides what is read of all that could be.
    private var random: SplitMix

    /// - Throws: `Difference` at the first step after which the two are not alike.
    static func check(_ program: [Step], seed: UInt64) async throws {
        try await TestEngine.with { test in
            var run = ModelRun(test: test, random: SplitMix(seed: seed))
            for (place, step) in program.enumerated() {
                do {
                    try await run.take(step)
                    try await run.compare()
                } catch {
                    throw Difference(description: "step \(place), \(step): \(error)")
                }
            }
            try await run.compareWithGit()
            try await run.compareRebuilt()
        }
    }

    private init(test: TestEngine, random: SplitMix) {
        self.test = test
        self.random = random
    }

    // MARK: Taking steps

    private mutating func take(_ step: Step) async throws {
        let engine = test.engine
        switch step {
        case .createRepo(let repo):
            let repo = try name(repo)
            try await expect(model.creating(repo)) { try await engine.createRepo(repo, description: "", update: false) }
        case .deleteRepo(let repo):
            let repo = try name(repo)
            try await expect(model.deleting(repo)) { try await engine.deleteRepo(repo, force: false) }
        case .put(let repo, let branch, let files, let appending):
            let (repo, branch) = try (name(repo), self.branch(branch))
            let pieces = try files.map { (path: try FilePath(Step.paths[$0.path]), bytes: $0.content.bytes) }
            try await change(repo, branch) { old in
                old.merging(pieces.map { ($0.path, $0.bytes) }) { appending ? $0 + $1 : $1 }
            } engine: {
                try await engine.put(pieces, in: $0, mode: appending ? .append : .overwrite)
            }
        case .delete(let repo, let branch, let path):
            let (repo, branch) = try (name(repo), self.branch(branch))
            let path = try FilePath(Step.paths[path])
            try await change(repo, branch) { old in
                let gone = Set(RootModel.below(path, in: old).keys.map { path.appending($0) })
                return gone.isEmpty ? nil : old.filter { !gone.contains($0.key) }
            } engine: {
                try await engine.deleteFile(FileReference(commit: $0, path: path), recursive: true).commit.commit.id
            }
        case .copy(let repo, let branch, let pick, let from, let to):
            let (repo, branch) = try (name(repo), self.branch(branch))
            guard let source = self.pick(pick, repo) else { return }
            let sourceFiles = model.repos[repo]?.commits[source]?.files ?? [:]
            let (from, to) = try (FilePath(Step.paths[from]), FilePath(Step.paths[to]))
            try await change(repo, branch) { old in
                let found = RootModel.below(from, in: sourceFiles)
                return found.isEmpty ? nil : old.merging(found.map { (to.appending($0.key), $0.value) }) { $1 }
            } engine: {
                try await engine.copyFile(
                    from: FileReference(commit: CommitReference(Commit(repo: repo, id: source)), path: from),
                    to: FileReference(commit: $0, path: to), mode: .overwrite
                ).commit.commit.id
            }
        case .start(let repo, let branch, let pick):
            let (repo, branch) = try (name(repo), self.branch(branch))
            let parent = pick.flatMap { self.pick($0, repo) }
            let made = await outcome {
                try await engine.startCommit(
                    Branch(repo: repo, name: branch), parent: parent.map { CommitReference(Commit(repo: repo, id: $0)) }, description: ""
                ).commit.id
            }
            try settle(model.starting(repo, branch, behind: parent, made: try? made.get()), made)
        case .finish(let repo, let branch):
            let (repo, branch) = try (name(repo), self.branch(branch))
            try await expect(model.finishing(repo, branch)) {
                _ = try await engine.finishCommit(CommitReference(Branch(repo: repo, name: branch)), description: nil)
            }
        case .moveBranch(let repo, let branch, let pick):
            let (repo, branch) = try (name(repo), self.branch(branch))
            let head = pick.flatMap { self.pick($0, repo) }
            try await expect(model.moving(repo, branch, to: head)) {
                _ = try await engine.createBranch(
                    Branch(repo: repo, name: branch), head: head.map { CommitReference(Commit(repo: repo, id: $0)) })
            }
        case .deleteBranch(let repo, let branch):
            let (repo, branch) = try (name(repo), self.branch(branch))
            try await expect(model.deleting(repo, branch)) {
                try await engine.deleteBranch(Branch(repo: repo, name: branch), force: false)
            }
        case .squash(let repo, let pick):
            let repo = try name(repo)
            guard let commit = self.pick(pick, repo) else { return }
            try await expect(model.squashing(repo, commit)) { try await engine.squashCommitSet(commit) }
        case .drop(let repo, let pick):
            let repo = try name(repo)
            guard let commit = self.pick(pick, repo) else { return }
            try await expect(model.dropping(repo, commit)) { try await engine.dropCommitSet(commit) }
        case .collect:
            _ = try await engine.collectGarbage(dryRun: false)
        case .reopen:
            try await test.reopen()
        case .git(let repo, let maintenance):
            let repo = try name(repo)
            guard model.repos[repo] != nil else { return }
            do {
                _ = try test.git(repo).run(Step.maintenance[maintenance])
            } catch is ProgramFailure {
                // Git itself refuses to delete objects of such a repo (extensions.preciousObjects), or has nothing to do.
            }
        }
    }

    private func name(_ repo: Int) throws -> RepoName { try RepoName("repo\(repo)") }
    private func branch(_ branch: Int) throws -> BranchName { try BranchName(["master", "next", "team_a"][branch]) }

    /// A commit that is there, the same one for the same pick in a program that is run again.
    private func pick(_ pick: Int, _ repo: RepoName) -> CommitID? {
        guard let commits = model.repos[repo]?.commits, !commits.isEmpty else { return nil }
        // Ids are random; the order in which commits were made is not.
        return order[repo].map { $0.filter { commits[$0] != nil } }.map { $0[pick % $0.count] }
    }

    private var order: [RepoName: [CommitID]] = [:]

    private mutating func change(
        _ repo: RepoName, _ branch: BranchName, _ files: ([FilePath: [UInt8]]) -> [FilePath: [UInt8]]?,
        engine: (CommitReference) async throws -> CommitID
    ) async throws {
        let made = await outcome { try await engine(CommitReference(Branch(repo: repo, name: branch))) }
        try settle(model.changing(repo, branch, made: try? made.get(), files), made)
    }

    private mutating func expect(_ expected: RootModel?, _ body: () async throws -> Void) async throws {
        try settle(expected, await outcome(body))
    }

    private func outcome<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    /// The engine has to refuse what the model refuses, and nothing else.
    private mutating func settle<Value>(_ expected: RootModel?, _ outcome: Result<Value, any Error>) throws {
        switch (expected, outcome) {
        case (let expected?, .success):
            for (repo, state) in expected.repos {
                let known = Set(order[repo] ?? [])
                order[repo, default: []] += state.commits.keys.filter { !known.contains($0) }
            }
            model = expected
        case (nil, .failure(let error as PachError)) where Self.refusals.contains(error.code): break
        case (_, .failure(let error)): throw Difference(description: "the engine failed: \(error)")
        case (nil, .success): throw Difference(description: "the engine did what it should refuse")
        }
    }

    // MARK: Comparing

    private mutating func compare() async throws {
        let engine = test.engine
        let names = Set(try await engine.listRepos(kinds: [.user]).map(\.repo))
        try same(names, Set(model.repos.keys), "repos")
        for (repo, state) in model.repos {
            let branches = try await engine.listBranches(repo)
            try same(Dictionary(uniqueKeysWithValues: branches.map { ($0.branch.name, $0.head?.id) }), state.heads, "heads in \(repo)")
            let commits = try await engine.listCommits(CommitQuery(repo: repo))
            try same(Set(commits.map(\.commit.id)), Set(state.commits.keys), "commits in \(repo)")
            for info in commits {
                guard let commit = state.commits[info.commit.id] else { continue }
                try same(info.parentCommit?.id, commit.parent, "parent of \(info.commit)")
                try same(info.finished == nil, commit.isOpen, "whether \(info.commit) is open")
                try same(info.tree, try tree(of: info.commit.id, commit), "tree of \(info.commit)")
                try same(info.details.sizeBytes, Int64(commit.files.values.map(\.count).reduce(0, +)), "size of \(info.commit)")
            }
            if let info = commits.randomElement(using: &random), let commit = state.commits[info.commit.id] {
                let files = try await engine.files(of: CommitReference(info.commit.commit))
                guard files == commit.files else { throw Difference(description: "files of \(info.commit) differ") }
            }
        }
        let report = try await engine.fsck(publish: Bool.random(using: &random), fix: false)
        guard report.findings.isEmpty else { throw Difference(description: "pach fsck: \(report.findings.map(\.message))") }
    }

    private mutating func tree(of id: CommitID, _ commit: RootModel.Commit) throws -> ObjectID {
        if let tree = trees[id] { return tree }
        let tree = try RootModel.tree(of: commit.files, in: store)
        // That of an open commit changes.
        if !commit.isOpen { trees[id] = tree }
        return tree
    }

    /// Stock Git finds nothing wrong, checks out what it is to, and makes the same tree again from what it checked out.
    private mutating func compareWithGit() async throws {
        _ = try await test.engine.fsck(publish: true, fix: false)
        // 'git fsck' opens the packs that it listed before, and fails where one of them was joined with others meanwhile.
        await test.engine.ledger.publisher.merges.ended()
        for (repo, state) in model.repos {
            let git = try test.git(repo)
            // It exits with an error where something is wrong.
            _ = try git.run("fsck", "--strict", "--no-dangling", "--no-progress")
            for (branch, head) in state.heads {
                guard let head, let commit = state.commits[head], !commit.isOpen else { continue }
                let tree = try tree(of: head, commit)
                try same(try git.run("rev-parse", "refs/heads/\(branch)^{tree}"), tree.description, "Git's tree of \(repo)@\(branch)")
                try await withTemporaryFolder { folder in
                    _ = try git.run("clone", "-q", "--branch", branch.description, test.root.repoPath(repo), folder + "/clone")
                    let clone = try GitProgram(repository: folder + "/clone")
                    _ = try clone.run("read-tree", "--empty")
                    _ = try clone.run("add", "--all", "--force", ".")
                    try same(try clone.run("write-tree"), tree.description, "what Git makes of a clone of \(repo)@\(branch)")
                }
            }
        }
    }

    /// What is finished is there again when the database is made from the repos alone, and branches are at the newest of theirs.
    private func compareRebuilt() async throws {
        _ = try await test.rebuild {}
        for (repo, state) in model.repos {
            let finished = state.commits.filter { !$0.value.isOpen }
            let commits = try await test.engine.listCommits(CommitQuery(repo: repo))
            try same(Set(commits.map(\.commit.id)), Set(finished.keys), "rebuilt commits in \(repo)")
            let heads = state.heads.compactMapValues { head in
                head.flatMap { finished[$0] == nil ? state.commits[$0]?.parent : $0 }
            }
            let branches = try await test.engine.listBranches(repo)
            try same(
                Dictionary(uniqueKeysWithValues: branches.map { ($0.branch.name, $0.head?.id) }), heads.mapValues { $0 },
                "rebuilt heads in \(repo)")
        }
    }

    private func same<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws {
        guard found == expected else { throw Difference(description: "\(what): found \(found), expected \(expected)") }
    }
}
