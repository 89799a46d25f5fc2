import Foundation
import Ledger
import Model
import TestSupport

/// An object in a pack: where its stream is, to be damaged.
struct PackEntry: CustomStringConvertible {
    var repo: RepoName
    var id: String
    var kind: String
    /// The file's name.
    var pack: String
    var range: Range<Int>

    var description: String { "\(kind) \(id.prefix(8)) of \(repo)" }

    /// Changes a bit behind the middle of the stream.
    func damage(in test: TestEngine) throws {
        try test.damage(repo, pack) { $0[range.lowerBound + range.count * 3 / 4] ^= 0x10 }
    }
}

extension TestEngine {
    /// All that the packs of a repo hold, as stock Git tells it.
    func packEntries(of repo: RepoName) throws -> [PackEntry] {
        let folder = root.repoPath(repo) + "/objects/pack"
        var entries: [PackEntry] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".idx") {
            // "<id> <kind> <size> <size in the pack> <offset>" and more for deltas; then a summary.
            for line in try git(repo).run("verify-pack", "-v", "\(folder)/\(name)").split(separator: "\n") {
                let words = line.split(separator: " ", omittingEmptySubsequences: true)
                guard words.count >= 5, words[0].count == 40, let size = Int(words[3]), let offset = Int(words[4]) else { continue }
                entries.append(
                    PackEntry(
                        repo: repo, id: String(words[0]), kind: String(words[1]), pack: name.replacing(".idx", with: ".pack"),
                        range: offset..<offset + size))
            }
        }
        return entries
    }

    /// Changes a file among a repo's packs.
    func damage(_ repo: RepoName, _ file: String, _ change: (inout Data) -> Void) throws {
        let path = root.repoPath(repo) + "/objects/pack/" + file
        var bytes = try Data(contentsOf: URL(filePath: path))
        change(&bytes)
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(filePath: path))
    }
}
