public import GRDB
internal import Metadata
public import Model

/// What a user may want with a branch.
public enum BranchChange: String, Sendable {
    case commit = "start a commit on"
    case create, move, delete
}

extension Database {
    /// - Throws: `conflict` where pipelines write the branch.
    public func requireUserBranch(_ branch: Branch, to change: BranchChange) throws {
        let isOutput = try branch.repo.kind != .user || hasProvenance(branch) || pipeline(ofRepo: branch.repo) != nil
        guard !isOutput else {
            let help = change == .commit ? "; put files into one of its inputs" : ""
            throw PachError(
                .conflict, "cannot \(change.rawValue) an output branch: \(branch)",
                hint: "Only the pipeline \(branch.repo.base) writes there\(help).")
        }
    }

    /// - Parameters:
    ///   - what: what is to go, as the message names it.
    ///   - owner: a pipeline that goes too, so that what it reads does not matter.
    ///   - isConcerned: whether the branch is to go.
    /// - Throws: `conflict` where pipelines read such a branch.
    public func requireNoReaders(of what: String, besides owner: PipelineName? = nil, where isConcerned: (Branch) -> Bool) throws {
        let readers = try directProvenance().filter { $0.key.repo != owner?.repo() && $0.value.contains(where: isConcerned) }
            .keys.map(\.repo.description).sorted()
        guard readers.isEmpty else {
            throw PachError(
                .conflict, "\(what) is an input of \(readers.joined(separator: ", "))",
                hint: "Delete those pipelines first, or use --force.")
        }
    }
}
