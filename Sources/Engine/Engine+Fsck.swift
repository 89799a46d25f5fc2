internal import Foundation
internal import GitStore
internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
public import Operations
internal import Storage
internal import Threads

extension PipelineSpec {
    /// The spec as the engine understood it: JSON with sorted keys.
    var canonicalText: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a spec is always JSON") }
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

extension Engine {
    public func fsck(publish: Bool) async throws -> FsckReport {
        if publish { try await ledger.publish() }
        return try await blocking { [ledger] in
            var report = FsckReport(reposChecked: 0, commitsChecked: 0, objectsChecked: 0, findings: [])
            for problem in try ledger.metadata.integrityProblems() {
                report.findings.append(FsckFinding(severity: .damage, repo: nil, message: "the database is damaged: \(problem)"))
            }
            for repo in try ledger.metadata.read({ try $0.repos() }) {
                report.reposChecked += 1
                do {
                    try RepoCheck(store: ledger.store(repo.name), metadata: ledger.metadata).run(&report)
                } catch let error as PachError {
                    report.findings.append(FsckFinding(severity: .damage, repo: repo.name, message: error.description))
                }
            }
            return report
        }
    }
}

/// Checks one repo: every stored object against its id, and every commit down to its last file. Blocks.
private struct RepoCheck {
    let store: RepoStore
    let metadata: MetadataStore
    private var seen: Set<ObjectID> = []

    init(store: RepoStore, metadata: MetadataStore) {
        self.store = store
        self.metadata = metadata
    }

    func run(_ report: inout FsckReport) throws {
        for damage in try store.damage() {
            report.findings.append(FsckFinding(severity: .damage, repo: store.row.name, message: damage))
        }
        var check = self
        for commit in try metadata.read({ try $0.commits(in: store.row, limit: nil, origin: nil) }) {
            report.commitsChecked += 1
            do {
                if let git = commit.git { try check.requireReachable(git, "the Git commit") }
                try check.visit(commit.tree)
                if commit.git == nil && commit.isFinished {
                    throw PachError(.corrupt, "it is finished and has no Git commit")
                }
            } catch let error as PachError {
                report.findings.append(
                    FsckFinding(severity: .damage, repo: store.row.name, message: "commit \(commit.link): \(error)"))
            }
        }
        report.objectsChecked += check.seen.count
    }

    private func requireReachable(_ id: ObjectID, _ what: String) throws(PachError) {
        guard try store.objects.read(id).kind == .commit else {
            throw PachError(.corrupt, "\(what) \(id) is not a commit")
        }
    }

    /// Makes sure that everything below a tree is there; what was seen before is not looked at again.
    private mutating func visit(_ root: ObjectID) throws(PachError) {
        guard seen.insert(root).inserted else { return }
        var pending = [root]
        while let tree = pending.popLast() {
            for child in try ObjectTransfer.children(of: tree, in: store.objects) where seen.insert(child.id).inserted {
                if child.isTree {
                    pending.append(child.id)
                } else if try store.objects.header(of: child.id).kind != .blob {
                    throw PachError(.corrupt, "object \(child.id) is not a blob")
                }
            }
        }
    }
}
