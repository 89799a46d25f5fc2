internal import Files
public import Model

/// The objects that a repo's files have: those of packs, by their indexes, and loose ones. None of them is read.
public struct ListedObjects {
    private let files: Set<String>
    private let packs: [PackFile]
    /// Where the last object was found: the next one often lies beside it.
    private var last: PackFile?

    /// - Parameters:
    ///   - files: those that count, by their paths relative to the repo. A pack counts with its index.
    ///   - path: of the repo.
    /// - Throws: `corrupt` where a pack or an index is damaged.
    public init(among files: some Sequence<String>, of path: String) throws(PachError) {
        let files = Set(files)
        let openFiles = OpenFiles(countMax: 1)
        var packs: [PackFile] = []
        for file in files where file.hasPrefix("objects/pack/") && file.hasSuffix(".pack") {
            let base = file.dropLast(5)
            guard let name = PackName(base.dropFirst("objects/pack/".count)), files.contains("\(base).idx") else { continue }
            packs.append(try PackFile(name, base: "\(path)/\(base)", files: openFiles))
        }
        self.files = files
        self.packs = packs
    }

    public mutating func contains(_ id: ObjectID) -> Bool {
        if last?.index.position(of: id) != nil { return true }
        if let pack = packs.first(where: { $0.index.position(of: id) != nil }) {
            last = pack
            return true
        }
        return files.contains("objects/\(id.description.prefix(2))/\(id.description.dropFirst(2))")
    }
}
