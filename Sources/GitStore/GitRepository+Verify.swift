import Dispatch
import Files
public import Model
import Synchronization

/// Something that is not as it should be in a repo's objects.
public struct Damage: Sendable, Hashable, CustomStringConvertible {
    /// The file's name, relative to the repository.
    public var file: String
    /// The object that is lost, where it is one object's bytes.
    public var object: ObjectID?
    public var reason: String

    public init(file: String, object: ObjectID? = nil, reason: String) {
        self.file = file
        self.object = object
        self.reason = reason
    }

    public var description: String {
        "\(file): " + (object.map { "object \($0): " } ?? "") + reason
    }
}

extension GitRepository {
    /// Reads every object and checks it against its id, and every pack and index against its checksum (invariant 7).
    ///
    /// Nothing is repaired. Runs beside readers and writers; a pack that is merged away meanwhile is checked under its new name
    /// next time.
    ///
    /// - Parameter isWanted: is asked before each pack and each few objects; once it says no, nothing more is read.
    /// - Returns: all damage found, none where all is well.
    /// - Throws: where the repo could not be read, which says nothing about its content.
    public func verify(while isWanted: () -> Bool = { true }) throws(PachError) -> [Damage] {
        try objects.refresh()
        if let shortage = objects.damagedPacks.values.first(where: { $0.code == .overloaded }) { throw shortage }
        var damage = objects.damagedPacks.sorted { $0.key < $1.key }.map { name, error in
            Damage(file: "objects/pack/\(name)", reason: error.description)
        }
        damage += try halves()
        damage += try settings()
        damage += try refs()
        for pack in objects.packs.sorted(by: { $0.name < $1.name }) where isWanted() {
            do throws(PachError) {
                damage += try verify(pack, while: isWanted)
            } catch {
                // Merged into another pack since the list was made.
                guard error.code == .notFound else { throw error }
            }
        }
        for id in try objects.loose.ids() where isWanted() {
            let hex = id.description
            let file = "objects/\(hex.prefix(2))/\(hex.dropFirst(2))"
            try collect(file, id, into: &damage) { () throws(PachError) in _ = try objects.loose.read(id) }
        }
        return damage
    }

    /// Whether the files are whole that tell Git what the repository is.
    private func settings() throws(PachError) -> [Damage] {
        var damage = try missingSettings().map {
            Damage(file: "config", reason: "it lacks the line \(quoted($0)); 'pach fsck --fix' writes it anew")
        }
        if damage.isEmpty, let failure = try Self.configFailure(path) {
            damage.append(Damage(file: "config", reason: "\(failure); 'pach fsck --fix' writes it anew"))
        }
        if try !Self.hasHook(path) {
            let what = "it does not refuse pushes as we made it do"
            damage.append(Damage(file: "hooks/pre-receive", reason: "\(what); 'pach fsck --fix' writes it anew"))
        }
        return damage
    }

    /// The lines of ours that the config lacks. A user may add others.
    func missingSettings() throws(PachError) -> [String] {
        let text = try Folder.status(of: "\(path)/config") == nil ? "" : try Self.text(of: "\(path)/config")
        let lines = Set(text.split(separator: "\n").map(String.init))
        return Self.config(format).split(separator: "\n").map(String.init).filter { !lines.contains($0) }
            .map { $0.trimmingPrefix { $0 == "\t" }.description }
    }

    /// Whether each ref can be read, and each clone has something to check out.
    private func refs() throws(PachError) -> [Damage] {
        let found = try foundRefs()
        var damage = found.damaged.map {
            Damage(file: $0, reason: "not all of it is what Git reads there; 'pach fsck --fix' writes it anew")
        }
        for (name, target) in found.symbolic.sorted(by: { $0.key < $1.key }) {
            damage.append(
                Damage(file: name, reason: "it stands for \(quoted(target)), as no ref of ours does; 'pach fsck --fix' removes it"))
        }
        let branch = try headBranch()
        if branch != RefName(.master), !found.refs.contains(where: { $0.name == branch }) {
            let name = branch.map { "the branch \(quoted($0.description)), which is not there" } ?? "no branch"
            damage.append(Damage(file: "HEAD", reason: "it names \(name); 'pach fsck --fix' lets it name master"))
        }
        return damage
    }

    /// Packs without index and indexes without pack: nobody finds what they hold.
    private func halves() throws(PachError) -> [Damage] {
        let names = Set(try Folder.names(in: objects.packFolder))
        var damage: [Damage] = []
        for (suffix, other) in [(".idx", ".pack"), (".pack", ".idx")] {
            for name in names.sorted() where name.hasSuffix(suffix) {
                let base = name.dropLast(suffix.utf8.count)
                guard PackName(base) != nil, !names.contains(base + other) else { continue }
                // A second look, while nobody is between the two: one may just have been renamed, or both removed.
                let isHalf = try objects.naming.withLock { (_) throws(PachError) in
                    guard try Folder.status(of: "\(objects.packFolder)/\(base)\(other)") == nil else { return false }
                    return try Folder.status(of: "\(objects.packFolder)/\(name)") != nil
                }
                guard isHalf else { continue }
                damage.append(Damage(file: "objects/pack/\(name)", reason: "there is no \(base)\(other) with it"))
            }
        }
        return damage
    }

    private func verify(_ pack: PackFile, while isWanted: () -> Bool) throws(PachError) -> [Damage] {
        var damage: [Damage] = []
        let file = "objects/pack/\(pack.name)"
        if !pack.index.checksumIsSound { damage.append(Damage(file: "\(file).idx", reason: "its checksum is wrong")) }
        if try !pack.checksumIsSound() { damage.append(Damage(file: "\(file).pack", reason: "its checksum is wrong")) }

        let entries: [PackFile.Entry]
        do throws(PachError) {
            entries = try pack.entries()
        } catch {
            guard error.code == .corrupt else { throw error }
            return damage + [Damage(file: "\(file).idx", reason: error.description)]
        }
        return try damage + verify(entries, of: pack, while: isWanted)
    }

    /// Checks objects against their ids, on all threads that have nothing else to do.
    private func verify(_ entries: [PackFile.Entry], of pack: PackFile, while isWanted: () -> Bool) throws(PachError) -> [Damage] {
        let bases = DeltaBaseCache()
        let found = Mutex<[Int: Result<[Damage], PachError>]>([:])
        let handedOver = DispatchGroup()
        for start in stride(from: 0, to: entries.count, by: Self.verifiedAtOnce) where isWanted() {
            let piece = entries[start..<min(entries.count, start + Self.verifiedAtOnce)]
            let work: @Sendable () -> Void = {
                let result = self.damage(of: piece, in: pack, bases)
                found.withLock { $0[start] = result }
            }
            if !ObjectThreads.runNow(in: handedOver, work) { work() }
        }
        handedOver.wait()
        return try found.withLock { (found) throws(PachError) in
            var damage: [Damage] = []
            for (_, result) in found.sorted(by: { $0.key < $1.key }) { damage += try result.get() }
            return damage
        }
    }

    /// How many objects a thread checks before it is free for others: neighbours, which share their deltas' base.
    private static let verifiedAtOnce = 128

    private func damage(of entries: ArraySlice<PackFile.Entry>, in pack: PackFile, _ bases: DeltaBaseCache) -> Result<[Damage], PachError> {
        var damage: [Damage] = []
        do throws(PachError) {
            for entry in entries {
                try collect("objects/pack/\(pack.name).pack", entry.id, into: &damage) { () throws(PachError) in
                    guard try pack.read(entry.id, bases: bases) != nil else {
                        throw PachError(.corrupt, "the index does not find it", cause: "its ids are not in order")
                    }
                }
            }
            return .success(damage)
        } catch {
            return .failure(error)
        }
    }

    private func collect(
        _ file: String, _ id: ObjectID, into damage: inout [Damage], _ check: () throws(PachError) -> Void
    ) throws(PachError) {
        do throws(PachError) {
            try check()
        } catch {
            guard [.corrupt, .tooLarge, .inaccessible].contains(error.code) else { throw error }
            damage.append(Damage(file: file, object: id, reason: error.cause ?? error.message))
        }
    }
}
