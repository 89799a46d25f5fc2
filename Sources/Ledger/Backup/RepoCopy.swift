internal import Foundation
internal import GitStore
internal import Model

/// Copies one repo's folder: packs that the destination does not have, and the small files around them.
struct RepoCopy {
    let source: String
    let destination: String
    private(set) var packsCopied = 0
    private(set) var packsPresent = 0
    /// Files of the destination that the source does not have any more; they go once nothing needs them.
    private(set) var stale: [String] = []
    /// Why a pack did not pass its check, and so is missing in the copy.
    private(set) var damage: PachError?

    init(from source: String, to destination: String) {
        self.source = source
        self.destination = destination
    }

    /// - Parameter verifiesAll: check packs that were there already, too.
    mutating func run(_ copy: inout FileCopy, verifiesAll: Bool) throws(PachError) {
        for folder in ["hooks", "info", "objects/info", "objects/pack", "refs/heads", "refs/tags"] {
            try copy.makeFolder("\(destination)/\(folder)")
        }
        let present = Set(FileCopy.files(below: destination))
        let wanted = FileCopy.files(below: source).filter(Self.isCopied)
        var fresh: Set<String> = []
        for name in wanted {
            let (from, to) = ("\(source)/\(name)", "\(destination)/\(name)")
            if name.hasPrefix("objects/") {
                if present.contains(name), FileCopy.size(of: from) == FileCopy.size(of: to) { continue }
                try copy.makeFolder(Durability.parent(of: to))
                try copy.copy(from, to: to, mode: 0o444, isImmutable: true)
                fresh.insert(name)
            } else if !present.contains(name) || Self.bytes(of: from) != Self.bytes(of: to) {
                try copy.makeFolder(Durability.parent(of: to))
                try copy.copy(from, to: to, mode: name.hasPrefix("hooks/") ? 0o755 : 0o644)
            }
        }
        for index in wanted where index.hasPrefix("objects/pack/pack-") && index.hasSuffix(".idx") {
            let base = String(index.dropLast(4))
            let pack = base + ".pack"
            let isFresh = fresh.contains(index) || fresh.contains(pack)
            if isFresh || verifiesAll {
                do throws(PachError) {
                    try GitRepository.verifyPack(at: "\(destination)/\(base)")
                } catch {
                    guard [.corrupt, .notFound].contains(error.code) else { throw error }
                    // Nothing counts on it, and whoever repeats this copies it anew.
                    for name in [index, pack] { try copy.remove("\(destination)/\(name)") }
                    damage = damage ?? error
                    continue
                }
            }
            if isFresh { packsCopied += 1 } else { packsPresent += 1 }
        }
        stale = present.subtracting(wanted).filter { $0.hasPrefix("objects/") || $0 == "shallow" }.map { "\(destination)/\($0)" }
    }

    /// Refs come from the database; what is temporary stays behind.
    private static func isCopied(_ name: String) -> Bool {
        let last = name.split(separator: "/").last ?? ""
        return !name.hasPrefix("refs/") && name != "packed-refs" && !name.hasSuffix(".lock") && !last.hasPrefix("tmp_")
            && !last.hasPrefix(".tmp_")
    }

    private static func bytes(of path: String) -> Data? { FileManager.default.contents(atPath: path) }
}
