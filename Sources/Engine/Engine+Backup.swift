public import Ledger
public import Model
public import Operations
internal import Threads

extension Engine {
    public func backUp(to folder: String, links: Bool, verifiesAll: Bool) async throws -> BackupReport {
        guard folder.hasPrefix("/") else {
            throw PachError(
                .invalidArgument, "\(quoted(folder)) is not an absolute path", hint: "It is a path of the machine that has the data root.")
        }
        return BackupReport(try await ledger.backUp(to: folder, links: links, verifiesAll: verifiesAll))
    }

    /// Fills an empty data root from a backup, verifies it, and opens it once, so that it is as it should be.
    /// - Parameter lock: held by the caller until this returns.
    public static func restore(root: DataRoot, lock: RootLock, from folder: String, notices: Notices) async throws -> BackupReport {
        let report = BackupReport(try await blocking { try root.restore(from: folder) })
        let ledger = try Ledger(root: root, notices: notices)
        try await ledger.close()
        withExtendedLifetime(lock) {}
        return report
    }
}

extension BackupReport {
    fileprivate init(_ copied: CopiedRoot) {
        self.init(
            repos: copied.repos, packsCopied: copied.packsCopied, packsPresent: copied.packsPresent, bytesCopied: copied.bytesCopied,
            problems: copied.problems.sorted { $0.key < $1.key }.map { .init(repo: $0.key, problem: $0.value.descriptionWithHint) })
    }
}
