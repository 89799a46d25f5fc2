/// What may happen to a file without anybody writing it.
enum Damage: String, Sendable, Hashable, CaseIterable {
    /// One bit is another.
    case flipped
    /// Up to a page is zero.
    case zeroed
    /// The end is missing.
    case cut

    /// - Returns: the tree with one file damaged, which, and what was done to it.
    func applied(to tree: FileTree, seed: UInt64) -> (tree: FileTree, path: String, text: String) {
        var random = SplitMix(seed: seed)
        // Kinds of files alike, however many there are of each.
        let kinds = Dictionary(grouping: tree.files.filter { !$0.value.isEmpty }.keys.sorted(), by: Self.kind)
        guard let paths = kinds.sorted(by: { $0.key < $1.key }).randomElement(using: &random)?.value,
            let path = paths.randomElement(using: &random), var bytes = tree.files[path]
        else { return (tree, "", "there is no file to damage") }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch self {
        case .flipped: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .zeroed:
            for index in place..<min(bytes.count, place + Int.random(in: 1...4096, using: &random)) { bytes[index] = 0 }
        case .cut: bytes.removeLast(bytes.count - place)
        }
        var damaged = tree
        damaged.files[path] = bytes
        return (damaged, path, "\(path) is \(rawValue) at \(place) of \(tree.files[path]?.count ?? 0)")
    }

    private static func kind(_ path: String) -> String {
        for part in [".pack", ".idx", "metadata.sqlite-wal", "metadata.sqlite-shm", "metadata.sqlite", "/refs/", "/config", "/HEAD"]
        where path.contains(part) { return part }
        return "other"
    }
}
