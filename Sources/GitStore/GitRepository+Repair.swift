import Files
import Glibc
public import Model
import Storage
import Synchronization

/// Repairs that lose nothing: whatever cannot be made good stays as it is.
extension GitRepository {
    /// Writes anew what makes a folder a repository of ours and is known byte for byte: folders, `HEAD`, the config, the hook that refuses
    /// pushes. A config that was damaged stays beside it, as `config.damaged`.
    /// - Returns: a sentence for each repair; none where there is no folder of objects, without which nothing is left to repair.
    public static func restoreLayout(at path: String, files: OpenFiles) throws(PachError) -> [String] {
        guard try Folder.status(of: "\(path)/objects")?.isFolder == true else { return [] }
        let calls = FileCalls(onSyncFailure: files.onSyncFailure)
        var repairs: [String] = []
        for folder in folders where try Folder.status(of: "\(path)/\(folder)") == nil {
            try Folder.create("\(path)/\(folder)")
            try Folder.sync(Folder.parent(of: "\(path)/\(folder)"), calls: calls)
            repairs.append("the folder \(folder) was gone, and was made anew")
        }
        if try restoreHead(at: path, calls: calls) { repairs.append("HEAD was damaged, and was written anew") }
        if try !hasSoundConfig(path, files) {
            let isThere = try Folder.status(of: "\(path)/config") != nil
            if isThere { try Folder.rename("\(path)/config", to: "\(path)/config.damaged", calls: calls) }
            try replace("config", in: path, with: config(.current), calls: calls)
            repairs.append(
                isThere
                    ? "the config was damaged, and was written anew; what was there is in config.damaged"
                    : "the config was gone, and was written anew")
        }
        if try !hasHook(path) {
            try replace("hooks/pre-receive", in: path, with: preReceiveHook, mode: 0o755, calls: calls)
            repairs.append("the hook that refuses pushes was not as we made it, and was written anew")
        }
        return repairs
    }

    /// Writes a repo's `HEAD` anew where it is gone or holds nothing: no Git takes the folder for a repository then.
    /// - Returns: whether that was so.
    private static func restoreHead(at path: String, calls: FileCalls) throws(PachError) -> Bool {
        let head = "\(path)/HEAD"
        if let status = try Folder.status(of: head), status.byteCount <= Limits.wholeFileByteCountMax {
            // One that names an object without a branch is put right with the refs, which keeps the object.
            let text = try text(of: head)
            if text.hasPrefix("ref: ") || ObjectID(hex: text.prefix(40)) != nil { return false }
        }
        try replace("HEAD", in: path, with: headText, calls: calls)
        return true
    }

    /// Whether the folder says in some other file than its config that it is a repo of ours.
    public static func isOurs(at path: String) throws(PachError) -> Bool {
        if try hasHook(path) { return true }
        let description = "\(path)/description"
        guard try Folder.status(of: description) != nil else { return false }
        return try text(of: description).hasPrefix("pach ")
    }

    /// Why Git cannot read what the config says; nil where it can.
    static func configFailure(_ path: String) throws(PachError) -> String? {
        do throws(PachError) {
            let handle = try Handle(opening: path)
            _ = try RepositoryFormat(recordedIn: handle)
            return nil
        } catch {
            guard error.code != .io, error.code != .inaccessible else { throw error }
            return error.description
        }
    }

    /// Whether Git reads the config and it has all of ours; that of a newer format is not for us to judge.
    private static func hasSoundConfig(_ path: String, _ files: OpenFiles) throws(PachError) -> Bool {
        guard try configFailure(path) == nil else { return false }
        let repository = try GitRepository(opening: path, files: files)
        return repository.format.isWritable ? try repository.missingSettings().isEmpty : true
    }

    /// Whether the hook is there that refuses pushes.
    static func hasHook(_ path: String) throws(PachError) -> Bool {
        let hook = "\(path)/hooks/pre-receive"
        guard access(hook, X_OK) == 0, try Folder.status(of: hook)?.byteCount == preReceiveHook.utf8.count else { return false }
        return try text(of: hook) == preReceiveHook
    }

    /// Writes indexes anew that are damaged or missing, from their packs; what can be read of packs that cannot be opened, to others; and packs
    /// of which some copies of objects are damaged, without those, where each of these objects is sound elsewhere. What of this loses nothing then
    /// goes: packs of which all could be read, loose objects that a pack has sound.
    /// - Returns: a sentence for each repair; nil where a collection or backup holds the packs.
    public func repairPacks() throws(PachError) -> [String]? {
        try format.requireWritable()
        guard try holdPacks() != nil else { return nil }
        defer { releasePacks() }
        var repairs = try repairIndexes()
        for name in try unreadablePacks() {
            if let repair = try salvage(name) { repairs.append(repair) }
        }
        for pack in objects.packs where !pack.isKept {
            if let repair = try withoutDamage(pack) { repairs.append(repair) }
        }
        let looseCount = try removeDamagedLoose { _ in true }
        if looseCount > 0 { repairs.append("\(looseCount) damaged loose objects, which are sound in packs, were removed") }
        return repairs
    }

    /// Packs that cannot be opened because they are damaged, or have no index. One to which a writer is about to give its index is whole, and not among them.
    public func unreadablePacks() throws(PachError) -> [PackName] {
        try objects.refresh()
        let names = Set(try Folder.names(in: objects.packFolder))
        // Where the process has no descriptors left, say, or no right to read, nothing is known of the pack.
        var unreadable = objects.damagedPacks.filter { $0.value.code == .corrupt }.map(\.key)
        for file in names where file.hasSuffix(".pack") && !names.contains("\(file.dropLast(5)).idx") {
            guard let name = PackName(file.dropLast(5)) else { continue }
            do throws(PachError) {
                let pack = try File.open("\(objects.packFolder)/\(file)")
                let end = try max(0, pack.byteCount() - PackData.trailerByteCount)
                let trailer = try pack.read(at: end, count: ObjectID.byteCount)
                let checksum = try PackChecksum.compute(of: pack, byteCount: end)
                let isWhole = trailer == name.checksum.bytes && checksum == name.checksum
                if !isWhole { unreadable.append(name) }
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        return unreadable.sorted()
    }

    /// Removes packs that cannot be opened, for the caller knows that nobody needs them. One that was opened since stays: what the caller found
    /// may have been found in it.
    /// - Returns: bytes that this freed.
    public func removeUnreadable(_ packs: [PackName]) throws(PachError) -> Int {
        var byteCount = 0
        for name in packs {
            let base = "\(objects.packFolder)/\(name)"
            // Under the lock, since a writer may bring the same objects, and a sound pack of this name, in just this moment.
            byteCount += try objects.naming.withLock { (_) throws(PachError) in
                guard access("\(base).keep", F_OK) != 0, !objects.packs.contains(where: { $0.name == name }) else { return 0 }
                var byteCount = 0
                for suffix in [".pack", ".idx"] { byteCount += try Folder.status(of: base + suffix)?.byteCount ?? 0 }
                try PackFile.remove(base, files: objects.files)
                return byteCount
            }
        }
        try objects.refresh()
        return byteCount
    }

    /// Removes damaged loose objects that nobody needs, or that a pack has sound.
    /// - Returns: how many went.
    public func removeDamagedLoose(isNeeded: (ObjectID) -> Bool) throws(PachError) -> Int {
        var count = 0
        for id in try objects.loose.ids() {
            do throws(PachError) {
                _ = try objects.loose.read(id)
            } catch {
                guard error.code == .corrupt || error.code == .tooLarge else { throw error }
                if isNeeded(id), try !isSoundElsewhere(id, than: nil) { continue }
                try Folder.removeFile(objects.loose.path(of: id))
                count += 1
            }
        }
        return count
    }

    /// Writes what can be read of a pack that cannot be opened to another, and removes it where that is all.
    /// - Returns: nil where it gives nothing that is not elsewhere.
    private func salvage(_ name: PackName) throws(PachError) -> String? {
        let salvage = try PackSalvage(name, in: objects.packFolder)
        var lost: Set<ObjectID> = []
        for object in salvage.objects where try !isSoundElsewhere(object.id, than: nil) { lost.insert(object.id) }
        if !salvage.isWhole && lost.isEmpty { return nil }
        var replacement: PackName?
        if !salvage.objects.isEmpty {
            let writer = try PackWriter(folder: objects.packFolder, calls: calls)
            try salvage.write(to: writer) { salvage.isWhole || lost.contains($0) }
            let written = try writer.complete()
            try publish(written)
            replacement = written.name
        }
        guard salvage.isWhole else {
            return "\(lost.count) objects of \(name), which is damaged, could be read, and were written to another pack"
        }
        if replacement != name { _ = try removeUnreadable([name]) }
        return "\(name), which was damaged around its objects, was written anew"
    }

    private func repairIndexes() throws(PachError) -> [String] {
        var repairs: [String] = []
        for name in try Folder.names(in: objects.packFolder).sorted() where name.hasSuffix(".pack") {
            let base = String(name.dropLast(5))
            guard let pack = PackName(base) else { continue }
            let path = "\(objects.packFolder)/\(base)"
            if try isSound(pack, path) { continue }
            if try objects.restoreIndex(of: base, calls: calls) {
                repairs.append("the index of \(base) was written anew from the pack")
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
            try copy.copy(pack) { (entry, _, _) in sound.contains(entry.id) }
            let written = try writer.complete()
            try publish(written)
            guard written.name != pack.name else { return "\(pack.name) was written anew" }
        }
        try retire([pack])
        return damaged.isEmpty
            ? "\(pack.name), whose objects are sound and whose checksum was not, was written anew"
            : "\(pack.name) was written anew without \(damaged.count) damaged objects, which are sound elsewhere"
    }

    private func isSoundElsewhere(_ id: ObjectID, than pack: PackFile?) throws(PachError) -> Bool {
        for other in objects.packs where other !== pack {
            if try other.holdsSound(id) { return true }
        }
        return false
    }
}
