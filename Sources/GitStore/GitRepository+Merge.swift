import Glibc
public import Model
import Storage
import Synchronization

/// What a merge of packs did.
public struct PackMerge: Sendable, Hashable {
    /// The packs that were joined; they are removed.
    public var joined: [PackName]
    /// The pack that holds their objects now.
    public var result: PackName
}

extension GitRepository {
    /// Joins small packs where there are too many, copying deflated objects as they are. All objects are kept, named or not.
    ///
    /// Runs beside readers and writers (invariant 6): the old packs go only when the new one is durable, and who reads from
    /// them still can. Packs with deltas were written by a user's Git and are left alone, as are those with a `.keep` file.
    /// - Returns: nil where there was nothing to do, or another merge is under way.
    /// - Throws: `corrupt` where an entry does not have its checksum; nothing is changed then, and later merges leave that pack alone.
    @discardableResult
    public func mergePacks() throws(PachError) -> PackMerge? {
        try mergePacks(MergePlan())
    }

    @discardableResult
    func mergePacks(_ plan: MergePlan) throws(PachError) -> PackMerge? {
        try format.requireWritable()
        let result = try mergeLock.withLockIfAvailable { (_) throws(PachError) in
            guard !packsAreHeld.load(ordering: .acquiring) else { return PackMerge?.none }
            try objects.refresh()
            var candidates = objects.packs.filter { !$0.isKept && !$0.isKnownToBeDamaged }
            while true {
                let chosen = plan.choose(from: candidates.map { .init(byteCount: $0.byteCount, objectCount: $0.index.count) })
                guard !chosen.isEmpty else { return PackMerge?.none }
                let packs = chosen.map { candidates[$0] }
                // Only those that are to be read anyway are looked into.
                var foreign: [PackFile] = []
                for pack in packs where try pack.hasDeltas() { foreign.append(pack) }
                if foreign.isEmpty { return try join(packs) }
                candidates.removeAll { pack in foreign.contains { $0 === pack } }
            }
        }
        return result ?? nil
    }

    private func join(_ packs: [PackFile]) throws(PachError) -> PackMerge {
        let writer = try PackWriter(folder: objects.packFolder, calls: calls)
        for (place, pack) in packs.enumerated() {
            let earlier = packs[..<place]
            try copy(pack, to: writer) { id in earlier.contains { $0.contains(id) } }
        }
        let merged = try writer.complete()
        try CompletedPack.publish([merged], in: objects.packFolder, calls: calls)
        try objects.add(merged.name)
        // Where one of them had all that the others have, the result may be that very pack.
        let old = packs.filter { $0.name != merged.name }
        objects.forget(old.map(\.name))
        for pack in old { try pack.remove() }
        return PackMerge(joined: packs.map(\.name), result: merged.name)
    }

    /// Copies the entries of a pack in their order, each checked by the CRC-32 that the index has for just this.
    private func copy(_ pack: PackFile, to writer: PackWriter, except isKnown: (ObjectID) -> Bool) throws(PachError) {
        let data = try pack.data()
        for entry in try pack.entries() {
            let bytes = try data.read(at: entry.range.lowerBound, count: entry.range.count)
            guard bytes.withBytes(PackWriter.crc) == entry.crc else {
                pack.noteDamage()
                throw PachError(
                    .corrupt, "object \(entry.id) in \(quoted(pack.path)) is damaged", cause: "its bytes do not have their checksum",
                    hint: "Run pach fsck.")
            }
            if !isKnown(entry.id) { try writer.append(entry: bytes, crc: entry.crc, of: entry.id) }
        }
    }
}
