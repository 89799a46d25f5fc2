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
        for name in wanted {
            let (from, to) = ("\(source)/\(name)", "\(destination)/\(name)")
            if name.hasPrefix("objects/") {
                let isPack = name.hasSuffix(".pack")
                if present.contains(name), FileCopy.size(of: from) == FileCopy.size(of: to) {
                    if isPack { packsPresent += 1 }
                } else {
                    try copy.makeFolder(Durability.parent(of: to))
                    try copy.copy(from, to: to, mode: 0o444, isImmutable: true)
                    if isPack { packsCopied += 1 }
                }
            } else if !present.contains(name) || Self.bytes(of: from) != Self.bytes(of: to) {
                try copy.makeFolder(Durability.parent(of: to))
                try copy.copy(from, to: to, mode: name.hasPrefix("hooks/") ? 0o755 : 0o644)
            }
        }
        for name in wanted where name.hasPrefix("objects/pack/pack-") && name.hasSuffix(".idx") && (verifiesAll || !present.contains(name))
        {
            try GitRepository.verifyPack(at: "\(destination)/\(name.dropLast(4))")
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
