internal import Ledger
internal import Model

extension Sequence<RepoScan.FoundCommit> {
    /// All commits, each after its parent and after what it was made from.
    func ordered() -> [RepoScan.FoundCommit] {
        let all = sorted {
            ($0.message.started, $0.message.finished, $0.repo, $0.message.id) < (
                $1.message.started, $1.message.finished, $1.repo, $1.message.id
            )
        }
        var byName: [Commit: RepoScan.FoundCommit] = [:]
        for commit in all { byName[Commit(repo: commit.repo, id: commit.message.id)] = commit }
        var done: Set<Commit> = []
        var result: [RepoScan.FoundCommit] = []
        for start in all {
            // Times usually give the order; a clock that was set back is why they are not relied on.
            var open = [start]
            while let commit = open.last {
                let name = Commit(repo: commit.repo, id: commit.message.id)
                let before =
                    (commit.message.parent.map { [Commit(repo: commit.repo, id: $0)] } ?? []) + commit.message.provenance.map(\.commit)
                let missing = before.filter { byName[$0] != nil && !done.contains($0) }
                if done.contains(name) || missing.isEmpty || open.count > all.count {
                    open.removeLast()
                    if done.insert(name).inserted { result.append(commit) }
                } else {
                    open += missing.compactMap { byName[$0] }
                }
            }
        }
        return result
    }
}
