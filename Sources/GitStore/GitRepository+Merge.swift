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
    /// Joins small packs where there are too many, copying deflated objects and deltas as they are. All objects are kept, named or not.
    ///
    /// Runs beside readers and writers (invariant 6): the old packs go only when the new one is durable, and who reads from
    /// them still can. Packs with a `.keep` file are left alone.
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
            let held = heldPacks.withLock { $0 ?? [] }
            try objects.refresh()
            let candidates = objects.packs.filter { !$0.isKept && !$0.isKnownToBeDamaged && !held.contains($0.name) }
            let chosen = plan.choose(from: candidates.map { .init(byteCount: $0.byteCount, objectCount: $0.index.count) })
            return chosen.isEmpty ? nil : try join(chosen.map { candidates[$0] })
        }
        return result ?? nil
    }

    /// Has a merge that is under way give up, and any other: the repo is about to go.
    public func stopMerging() {
        isGoing.store(true, ordering: .relaxed)
    }

    /// - Returns: nil where it gave way.
    private func join(_ packs: [PackFile]) throws(PachError) -> PackMerge? {
        let writer = try PackWriter(folder: objects.packFolder, calls: calls)
        var copy = PackCopy(to: writer)
        // Objects of which the first pack that has them has but a delta, and a later one the whole: it is the base of others there.
        //
        // Deltas cannot come to refer to each other in a circle: the base of one that is taken from a pack is in that pack too, and so is taken
        // whole, or from that pack or an earlier one; and no pack has a circle.
        var deferred: Set<ObjectID> = []
        for (place, pack) in packs.enumerated() {
            do throws(PachError) {
                try copy.copy(pack) { (entry, _, base) throws(PachError) in
                    guard !isGoing.load(ordering: .relaxed), holdsWaiting.load(ordering: .relaxed) == 0 else {
                        throw PachError(.stopped, "the packs are not joined now")
                    }
                    guard !packs[..<place].contains(where: { $0.holds(entry.id) }) else {
                        guard deferred.contains(entry.id), try base() == nil else { return false }
                        deferred.remove(entry.id)
                        return true
                    }
                    guard try base() != nil else { return true }
                    for later in packs[(place + 1)...] {
                        guard try later.holdsWhole(entry.id) else { continue }
                        deferred.insert(entry.id)
                        return false
                    }
                    return true
                }
            } catch {
                if error.code == .stopped { return nil }
                if error.code == .corrupt { pack.noteDamage() }
                throw error
            }
        }
        let merged = try writer.complete()
        try publish(merged)
        // Where one of them had all that the others have, the result may be that very pack.
        try retire(packs.filter { $0.name != merged.name })
        return PackMerge(joined: packs.map(\.name), result: merged.name)
    }
}

extension PackFile {
    fileprivate func holds(_ id: ObjectID) -> Bool { index.position(of: id) != nil }

    /// Whether the pack has the object, and not as a delta.
    fileprivate func holdsWhole(_ id: ObjectID) throws(PachError) -> Bool {
        guard let offset = try index.offset(of: id) else { return false }
        guard case .whole = try data().header(at: offset).form else { return false }
        return true
    }
}
