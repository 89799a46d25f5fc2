import Files
public import Model
import Storage
import Synchronization

/// What a sweep did, or in a dry run would do.
public struct PackSweep: Sendable, Hashable {
    public var packsRemoved = 0
    public var packsWritten = 0
    public var objectsRemoved = 0
    /// Bytes of packs and indexes that went, less those of the packs that were written.
    public var bytesFreed = 0
    /// Why the rest was left as it was, such as a full disk; nil where all was done.
    public var stop: PachError?
}

/// Collection of what nobody names any more (invariant 6). The ledger says what is in use, and when it is safe to sweep; see
/// `Ledger.collect` for the whole of it.
extension GitRepository {
    /// Begins a collection or a backup: until `releasePacks` no pack of those that are there now goes, except by `sweep`.
    /// - Returns: the packs of this moment, nothing marked; nil where another collection or backup holds them.
    public func holdPacks() throws(PachError) -> PackMarks? {
        holdsWaiting.add(1, ordering: .relaxed)
        defer { holdsWaiting.subtract(1, ordering: .relaxed) }
        return try mergeLock.withLock { (_) throws(PachError) -> PackMarks? in
            guard heldPacks.withLock({ $0 == nil }) else { return nil }
            try objects.refresh()
            let marks = PackMarks(objects.packs)
            heldPacks.withLock { $0 = marks.names }
            return marks
        }
    }

    public func releasePacks() {
        for pack in objects.packs { pack.condemn(nil) }
        heldPacks.withLock { $0 = nil }
    }

    /// From now on `contains` says no to what is not marked, so that a writer who brings it writes it again. It can still be read.
    public func condemn(_ marks: PackMarks) {
        for (number, pack) in marks.packs.enumerated() { pack.condemn(marks.condemned(inPack: number)) }
    }

    /// Removes what is not marked: packs in which nothing is first, which needs no space; then those in which enough is not are written
    /// anew, those with the least to keep first, and each goes as soon as what replaces it is durable and has its name.
    ///
    /// Readers who hold a pack that goes read on; a crash between any two steps leaves objects twice, never not at all.
    /// - Parameters:
    ///   - deadShareMin: a pack is written anew where at least this share of its bytes is in no use, 0 to 1.
    ///   - dryRun: change nothing, and tell what would be.
    /// - Throws: `io`. A full disk, and damage to what is in use, stop the sweep, and its result says so.
    public func sweep(_ marks: PackMarks, deadShareMin: Double, dryRun: Bool) throws(PachError) -> PackSweep {
        try format.requireWritable()
        var result = PackSweep()
        var rest: [Candidate] = []
        for number in marks.packs.indices where !marks.packs[number].isKept {
            let pack = marks.packs[number]
            // An index that misnames what is in use would let it go as garbage.
            guard pack.index.checksumIsSound else {
                result.stop = PachError(
                    .corrupt, "the index \(quoted(pack.index.path)) is damaged", cause: "its checksum is wrong",
                    hint: "Run pach fsck --fix.")
                continue
            }
            let candidate = try examine(number, of: marks)
            guard candidate.deadCount > 0 else { continue }
            if candidate.liveCount > 0 {
                let share = Double(candidate.deadByteCount) / Double(max(1, candidate.deadByteCount + candidate.liveByteCount))
                if share >= deadShareMin { rest.append(candidate) }
            } else if dryRun {
                result.count(candidate)
            } else {
                try remove([candidate], &result)
            }
        }
        rest.sort { $0.liveByteCount < $1.liveByteCount }
        if dryRun {
            for candidate in rest { result.count(candidate) }
            return result
        }
        do throws(PachError) {
            try rewrite(rest, &result)
        } catch {
            // What was done stays done, and is told.
            guard error.code == .outOfSpace || error.code == .corrupt else { throw error }
            result.stop = error.code == .outOfSpace ? error : result.stop ?? error
        }
        return result
    }

    /// A pack with objects in no use.
    struct Candidate {
        var pack: PackFile
        /// The objects to keep, by position.
        var live: PackBits
        var liveCount = 0
        var liveByteCount = 0
        var deadCount = 0
        var deadByteCount = 0
    }

    private func examine(_ number: Int, of marks: PackMarks) throws(PachError) -> Candidate {
        let pack = marks.packs[number]
        var candidate = Candidate(pack: pack, live: PackBits(words: Array(repeating: 0, count: (pack.index.count + 63) / 64)))
        try pack.forEachEntry { (entry, position) throws(PachError) in
            var isLive = marks.isMarked(position, inPack: number)
            if !isLive, let other = marks.markedCopy(of: entry.id, besides: number) {
                // The same object elsewhere is reason to let this copy go only where that one can be read.
                isLive = try !other.holdsSound(entry.id)
            }
            if isLive { candidate.live.insert(position) }
        }
        try keepBases(in: &candidate.live, of: pack)
        try pack.forEachEntry { (entry, position) in
            if candidate.live[position] {
                candidate.liveCount += 1
                candidate.liveByteCount += entry.range.count
            } else {
                candidate.deadCount += 1
                candidate.deadByteCount += entry.range.count
            }
        }
        return candidate
    }

    /// What a delta refers to stays as long as the delta, whether or not it is in use itself.
    private func keepBases(in live: inout PackBits, of pack: PackFile) throws(PachError) {
        var baseOf: [Int: Int] = [:]
        for delta in try pack.deltas() {
            guard let position = pack.index.position(of: delta.id), let base = pack.index.position(of: delta.base) else { continue }
            baseOf[position] = base
        }
        for delta in baseOf.keys where live[delta] {
            var next = baseOf[delta]
            while let base = next, !live[base] {
                live.insert(base)
                next = baseOf[base]
            }
        }
    }

    /// - Throws: what keeps the rest from being written anew, too. A pack of which something in use is damaged is left out, and told by `result`.
    private func rewrite(_ candidates: [Candidate], _ result: inout PackSweep) throws(PachError) {
        var rest = candidates[...]
        while !rest.isEmpty {
            // Small ones share a pack; so much is on disk twice at most, beside one pack.
            var group: [Candidate] = []
            var byteCount = 0
            while let next = rest.first, group.isEmpty || byteCount + next.liveByteCount <= Limits.packByteCount {
                group.append(rest.removeFirst())
                byteCount += next.liveByteCount
            }
            var written: CompletedPack?
            while written == nil, !group.isEmpty {
                var copied = 0
                do throws(PachError) {
                    written = try join(group, &copied)
                } catch {
                    guard error.code == .corrupt, copied < group.count else { throw error }
                    group.remove(at: copied)
                    result.stop = result.stop ?? error
                }
            }
            if let written { try replace(group, by: written, &result) }
        }
    }

    /// - Parameter copied: how many of them were copied, also where that ended with an error.
    private func join(_ group: [Candidate], _ copied: inout Int) throws(PachError) -> CompletedPack {
        let writer = try PackWriter(folder: objects.packFolder, calls: calls)
        var copy = PackCopy(to: writer)
        for (place, candidate) in group.enumerated() {
            let earlier = group[..<place]
            try copy.copy(candidate.pack) { (entry, position, _) in
                candidate.live[position]
                    && !earlier.contains { other in other.pack.index.position(of: entry.id).map { other.live[$0] } ?? false }
            }
            copied += 1
        }
        return try writer.complete()
    }

    private func replace(_ group: [Candidate], by written: CompletedPack, _ result: inout PackSweep) throws(PachError) {
        try publish(written)
        let status = try Folder.status(of: "\(objects.packFolder)/\(written.name).pack")
        let index = try Folder.status(of: "\(objects.packFolder)/\(written.name).idx")
        result.packsWritten += 1
        result.bytesFreed -= (status?.byteCount ?? 0) + (index?.byteCount ?? 0)
        try remove(group.filter { $0.pack.name != written.name }, &result)
    }

    private func remove(_ candidates: [Candidate], _ result: inout PackSweep) throws(PachError) {
        let gone = try retire(candidates.map(\.pack))
        for candidate in candidates where gone.contains(where: { $0 === candidate.pack }) { result.countRetired(candidate) }
    }

    /// Gives a pack its name, and makes it known.
    func publish(_ pack: CompletedPack) throws(PachError) {
        try objects.publish([pack], calls: calls)
    }

    /// Removes packs, but for those that were written again since: a pack of the same objects has the same name.
    /// - Returns: those that are gone.
    @discardableResult
    func retire(_ packs: [PackFile]) throws(PachError) -> [PackFile] {
        var gone: [PackFile] = []
        for start in stride(from: 0, to: packs.count, by: Limits.retiredTogetherCountMax) {
            gone += try retireTogether(packs[start..<min(packs.count, start + Limits.retiredTogetherCountMax)])
        }
        return gone
    }

    private func retireTogether(_ packs: ArraySlice<PackFile>) throws(PachError) -> [PackFile] {
        let (gone, leftovers) = try objects.naming.withLock { (_) throws(PachError) -> ([PackFile], [String]) in
            let known = packs.filter { pack in objects.packs.contains { $0 === pack } }
            // Not before they are renamed: who reads the folder in between would take a pack for a new one. But also where that fails halfway:
            // who counted on what is in one would count on what no reader finds.
            defer { objects.forget(known.map(\.name)) }
            return (known, try PackFile.takeNames(of: known, in: objects.packFolder, calls: calls))
        }
        // A large file takes its time to go; nobody waits for that.
        for path in leftovers { try Folder.removeFile(path) }
        return gone
    }
}

extension PackSweep {
    fileprivate mutating func count(_ candidate: GitRepository.Candidate) {
        countRetired(candidate)
        guard candidate.liveCount > 0 else { return }
        packsWritten += 1
        let index = PackIndex.signature.count + PackIndex.fanoutByteCount + candidate.liveCount * PackIndex.entryByteCount + 40
        bytesFreed -= candidate.liveByteCount + index + PackData.headerByteCount + PackData.trailerByteCount
    }

    fileprivate mutating func countRetired(_ candidate: GitRepository.Candidate) {
        packsRemoved += 1
        objectsRemoved += candidate.deadCount
        bytesFreed += candidate.pack.byteCount + candidate.pack.index.byteCount
    }
}

extension PackFile {
    /// Whether the pack's copy of the object can be read.
    /// - Parameter bases: of this pack's deltas, kept from one call to the next; nothing that other packs hold.
    func holdsSound(_ id: ObjectID, bases: DeltaBaseCache = DeltaBaseCache()) throws(PachError) -> Bool {
        do throws(PachError) {
            return try read(id, bases: bases) != nil
        } catch {
            guard error.code == .corrupt || error.code == .tooLarge || error.code == .notFound else { throw error }
            return false
        }
    }
}
