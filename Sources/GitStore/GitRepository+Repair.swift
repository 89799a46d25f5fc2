public import Model
import Storage
import Synchronization

/// Repairs that lose nothing: whatever cannot be made good stays as it is.
extension GitRepository {
    /// Writes a repo's `HEAD` anew where it is gone or holds nothing: no Git takes the folder for a repository then.
    /// - Returns: whether that was so.
    public static func restoreHead(at path: String, files: OpenFiles) throws(PachError) -> Bool {
        let head = "\(path)/HEAD"
        guard try Folder.status(of: "\(path)/objects")?.isFolder == true else { return false }
        if try Folder.status(of: head) != nil, try text(of: head).hasPrefix("ref: ") { return false }
        let calls = FileCalls(onSyncFailure: files.onSyncFailure)
        let temporary = "\(path)/\(temporaryName())"
        try write(headText, to: temporary, calls: calls)
        try Folder.rename(temporary, to: head, calls: calls)
        try Folder.sync(path, calls: calls)
        return true
    }

    /// Writes indexes anew that are damaged or missing, from their packs; and packs of which some copies of objects are damaged, without those,
    /// where each of these objects is sound elsewhere.
    /// - Returns: a sentence for each repair; nil where a collection or backup holds the packs.
    public func repairPacks() throws(PachError) -> [String]? {
        try format.requireWritable()
        guard try holdPacks() != nil else { return nil }
        defer { releasePacks() }
        var repairs = try repairIndexes()
        for pack in objects.packs where !pack.isKept {
            if let repair = try withoutDamage(pack) { repairs.append(repair) }
        }
        return repairs
    }

    private func repairIndexes() throws(PachError) -> [String] {
        var repairs: [String] = []
        for name in try Folder.names(in: objects.packFolder).sorted() where name.hasSuffix(".pack") {
            let base = String(name.dropLast(5))
            guard let pack = PackName(base) else { continue }
            let path = "\(objects.packFolder)/\(base)"
            if try isSound(pack, path) { continue }
            // Out of the way, and back where the pack does not give another.
            let aside = "\(PackWriter.temporaryPath(in: objects.packFolder)).damaged"
            let hadIndex = try Folder.status(of: "\(path).idx") != nil
            if hadIndex { try Folder.rename("\(path).idx", to: aside, calls: calls) }
            try objects.restoreIndex(of: base, calls: calls)
            if try Folder.status(of: "\(path).idx") != nil {
                if hadIndex { try Folder.removeFile(aside) }
                repairs.append("the index of \(base) was written anew from the pack")
            } else if hadIndex {
                try Folder.rename(aside, to: "\(path).idx", calls: calls)
            }
            objects.forget([pack])
        }
        if !repairs.isEmpty { try objects.refresh() }
        return repairs
    }

    /// Whether the pack has an index that can be opened and says what it was written to say.
    private func isSound(_ name: PackName, _ path: String) throws(PachError) -> Bool {
        do throws(PachError) {
            let pack = try PackFile(name, base: path, files: objects.files)
            return pack.index.checksumIsSound
        } catch {
            guard error.code == .corrupt || error.code == .notFound || error.code == .notSupported else { throw error }
            return false
        }
    }

    /// Writes a pack anew without its damaged copies of objects.
    /// - Returns: nil where nothing in it is damaged, or something that is damaged is nowhere else.
    private func withoutDamage(_ pack: PackFile) throws(PachError) -> String? {
        var damaged: [ObjectID] = []
        var sound: Set<ObjectID> = []
        // Bases are read from this pack alone: a delta is as sound as its base here.
        let bases = DeltaBaseCache()
        for position in 0..<pack.index.count {
            let id = pack.index.id(at: position)
            if try pack.holdsSound(id, bases: bases) { sound.insert(id) } else { damaged.append(id) }
        }
        if damaged.isEmpty, try pack.checksumIsSound() { return nil }
        for id in damaged where try !isSoundElsewhere(id, than: pack) { return nil }
        if !sound.isEmpty {
            let writer = try PackWriter(folder: objects.packFolder, calls: calls)
            var copy = PackCopy(to: writer, checksEntries: false)
            try copy.copy(pack) { (entry, _, _) throws(PachError) in sound.contains(entry.id) }
            let written = try writer.complete()
            try objects.naming.withLock { (_) throws(PachError) in
                try CompletedPack.publish([written], in: objects.packFolder, calls: calls)
                try objects.add(written.name)
            }
            guard written.name != pack.name else { return "\(pack.name) was written anew" }
        }
        objects.forget([pack.name])
        try pack.remove()
        return damaged.isEmpty
            ? "\(pack.name), whose objects are sound and whose checksum was not, was written anew"
            : "\(pack.name) was written anew without \(damaged.count) damaged objects, which are sound elsewhere"
    }

    private func isSoundElsewhere(_ id: ObjectID, than pack: PackFile) throws(PachError) -> Bool {
        for other in objects.packs where other !== pack {
            if try other.holdsSound(id) { return true }
        }
        return false
    }
}
