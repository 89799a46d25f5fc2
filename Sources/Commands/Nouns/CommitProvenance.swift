import Model

/// What a commit is made from, or what is made from it: a row for each branch, so that it stays as short as the DAG, however many commits there are.
struct CommitProvenance {
    private var branches: [(newest: CommitLink, count: Int, isDirect: Bool)] = []

    /// - Parameters:
    ///   - commits: each after those that it is made from itself.
    ///   - direct: those of them that are to be told as direct.
    init(_ commits: [CommitLink], direct: [CommitLink] = []) {
        let direct = Set(direct)
        var places: [Branch: Int] = [:]
        // Records of datums say nothing that the outputs beside them do not.
        for commit in commits where commit.branch.repo.kind != .meta {
            let place = places[commit.branch] ?? branches.count
            if place == branches.count {
                places[commit.branch] = place
                branches.append((commit, 0, false))
            }
            branches[place].newest = commit
            branches[place].count += 1
            branches[place].isDirect = branches[place].isDirect || direct.contains(commit)
        }
    }

    var isEmpty: Bool { branches.isEmpty }
    /// Whether there are commits that the table only counts.
    var isShortened: Bool { branches.contains { $0.count > 1 } }

    var table: Table {
        var table = Table(["REPO", "BRANCH", "COMMIT", "NOTE"], .cut("NOTE", to: 6), .cut("BRANCH", to: 8), .cut("REPO", to: 16))
        for branch in branches {
            let notes = [branch.isDirect ? "direct" : nil, branch.count > 1 ? "and \(branch.count - 1) older" : nil]
            table.append([
                Cell(branch.newest.branch.repo.description), Cell(branch.newest.branch.name.description),
                Cell(branch.newest.id.description), Cell(notes.compactMap(\.self).joined(separator: ", ")),
            ])
        }
        return table
    }
}
