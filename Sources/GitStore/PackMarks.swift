public import Model

/// The packs that a repo had at one moment, each of their objects marked or not: a bit an object, so that the memory for a million of
/// them is 125 kB (invariant 8).
///
/// An object that several packs have is marked in the first of them, so that one search is enough for most.
public struct PackMarks: Sendable {
    /// What became of a mark.
    public enum Outcome: Sendable {
        /// It was set now.
        case new
        case known
        /// No pack of that moment has the object: it landed, is loose, or came later.
        case elsewhere
    }

    /// The largest first, since that is where most objects are.
    let packs: [PackFile]
    private var bits: [[UInt64]]

    init(_ packs: [PackFile]) {
        self.packs = packs.sorted { ($1.index.count, $0.name) < ($0.index.count, $1.name) }
        bits = self.packs.map { Array(repeating: 0, count: ($0.index.count + 63) / 64) }
    }

    public var packCount: Int { packs.count }

    public var names: Set<PackName> { Set(packs.map(\.name)) }

    /// How many objects the packs have, one in several counted as often.
    public var objectCount: Int { packs.reduce(0) { $0 + $1.index.count } }

    public mutating func mark(_ id: ObjectID) -> Outcome {
        for number in packs.indices {
            guard let position = packs[number].index.position(of: id) else { continue }
            guard !isMarked(position, inPack: number) else { return .known }
            bits[number][position / 64] |= 1 << UInt64(position % 64)
            return .new
        }
        return .elsewhere
    }

    /// Whether the object is marked in some pack.
    public func contains(_ id: ObjectID) -> Bool {
        packs.indices.contains { number in packs[number].index.position(of: id).map { isMarked($0, inPack: number) } ?? false }
    }

    func isMarked(_ position: Int, inPack number: Int) -> Bool {
        bits[number][position / 64] & (1 << UInt64(position % 64)) != 0
    }

    /// Where a marked copy of the object is, other than in this pack.
    func markedCopy(of id: ObjectID, besides number: Int) -> PackFile? {
        for other in packs.indices where other != number {
            if let position = packs[other].index.position(of: id), isMarked(position, inPack: other) { return packs[other] }
        }
        return nil
    }

    /// What is not marked in a pack: nobody may count on it from now on.
    func condemned(inPack number: Int) -> PackBits { PackBits(words: bits[number].map { ~$0 }) }
}

/// A bit for each object of a pack, by its position in the index.
struct PackBits: Sendable {
    var words: [UInt64]

    subscript(position: Int) -> Bool { words[position / 64] & (1 << UInt64(position % 64)) != 0 }

    mutating func insert(_ position: Int) {
        words[position / 64] |= 1 << UInt64(position % 64)
    }
}
