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
}
