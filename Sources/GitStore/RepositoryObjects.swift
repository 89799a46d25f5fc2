import Files
public import Model
public import Storage
import Synchronization

/// All objects of one repo: in its packs, and what a user's tools left loose.
///
/// Any number of threads may read at once, while packs come and go. A pack that was removed between the look at its index
/// and the opening of its file is not a failure: the folder is read again, and what the pack held is in the one that
/// replaced it.
public final class RepositoryObjects: ObjectReader {
    /// The folder of packs: `objects/pack`.
    let packFolder: String
    let loose: LooseObjects
    let files: OpenFiles
    /// Held while packs of new objects get their names, and while what is damaged or in no use loses them: a pack that is written again has the
    /// name of the one that goes.
    let naming = Mutex(())
    private let state: Mutex<State>

    private struct State {
        /// Newest first: what was just written is what is read next.
        var packs: [PackFile] = []
        /// What could not be opened, and why.
        var damaged: [PackName: PachError] = [:]
        /// Packs that are getting their names. Nobody counts on one before its name is durable: it may yet go.
        var beingNamed: Set<PackName> = []
        /// The folder's time when it was last read; nil where another change could have kept that time, or not all was looked at.
        var scanned: FileTime?
        /// Raised with each pack that is made known or forgotten by name, or was to be.
        var generation = 0
        /// Where the last object was found. Neighbours in a tree are often neighbours in a pack.
        var lastHit: PackFile?

        /// All packs in the order in which they are worth a look.
        var candidates: Candidates { Candidates(first: lastHit, others: packs) }
    }

    private struct Candidates {
        var first: PackFile?
        var others: [PackFile]

        /// The first thing that `body` finds in a pack, and the pack.
        func find<Value>(_ body: (PackFile) throws(PachError) -> Value?) throws(PachError) -> (value: Value, pack: PackFile)? {
            if let first, let value = try body(first) { return (value, first) }
            for pack in others where pack !== first {
                if let value = try body(pack) { return (value, pack) }
            }
            return nil
        }
    }

    /// Kernel clocks tick at least a hundred times a second. A folder that changed this short a time before it was read may
    /// have changed again without its time showing it.
    private static let clockTickSeconds = 0.02

    /// Reading and opening are tried again this often when packs vanish meanwhile; each time a merge or a user's Git must
    /// have been at work in just that moment.
    private static let attemptCountMax = 8

    /// - Parameter folder: the repo's `objects`.
    init(folder: String, files: OpenFiles) throws(PachError) {
        packFolder = "\(folder)/pack"
        loose = LooseObjects(folder: folder)
        self.files = files
        state = Mutex(State())
        try refresh()
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        try read(id, comparesID: true)
    }

    /// - Parameter comparesID: whether what a pack holds is compared with its id (invariant 7); not needed where that was just done.
    public func read(_ id: ObjectID, comparesID: Bool) throws(PachError) -> StoredObject {
        let object = try find(id, in: { (pack) throws(PachError) in try pack.read(id, comparesID: comparesID) }, loose: loose.read)
        guard let object else { throw Self.missing(id) }
        return object
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        let header = try find(id, in: { (pack) throws(PachError) in try pack.header(of: id) }, loose: loose.header)
        guard let header else { throw Self.missing(id) }
        return header
    }

    /// An object that deltas outside of packs refer to, kept in memory for the next of them.
    func readBase(_ id: ObjectID) throws(PachError) -> StoredObject {
        if let known = files.deltaBases.find(id) { return known }
        let object = try read(id)
        files.deltaBases.insert(id, object)
        return object
    }

    /// The entry of an object in a pack that has it whole and sound; nil where there is none such.
    func wholeEntry(of id: ObjectID) throws(PachError) -> (bytes: [UInt8], crc: UInt32)? {
        for pack in packs {
            do throws(PachError) {
                if let entry = try pack.wholeEntry(of: id) { return entry }
            } catch {
                // Merged away meanwhile, or damaged: another one has it, or it is read with all that `read` does to find it.
                guard error.code == .notFound || error.code == .corrupt else { throw error }
            }
        }
        return nil
    }

    /// Whether a pack holds the object, so that a new commit may count on it.
    ///
    /// False for a loose one: it can be read, but Git does not sync it when it writes it (`core.fsync` in git-config(1)), so
    /// a power cut may take it away (invariant 2). Damaged packs are passed over too, and those that somebody else brought since the
    /// folder was last read, which would take a look at it for each new object: what they hold is written again.
    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        holds(id)
    }

    /// Reads the folder of packs again.
    public func refresh() throws(PachError) {
        while try !readFolder() {}
    }

    /// - Returns: false where packs came or went by name meanwhile: a pack that was retired since its name was read would come back to life
    ///   here, and `contains` would count on what is gone.
    private func readFolder() throws(PachError) -> Bool {
        let last = state.withLock { $0 }
        let known = Dictionary(last.packs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        // Taken before the names are: a change after this moment is seen as one.
        let before = try Folder.status(of: packFolder)
        let names = Set(try Folder.names(in: packFolder))
        var packs: [PackFile] = []
        var damaged: [PackName: PachError] = [:]
        for file in names where file.hasSuffix(".idx") {
            guard let name = PackName(file.dropLast(4)), names.contains("\(name).pack") else { continue }
            if let pack = known[name] {
                packs.append(pack)
                continue
            }
            do throws(PachError) {
                packs.append(try PackFile(name, base: "\(packFolder)/\(name)", files: files))
            } catch {
                // Removed since the folder was read; its objects are elsewhere, and the folder's time has changed.
                if error.code != .notFound { damaged[name] = error }
            }
        }
        packs.sort { ($1.modified, $0.name) < ($0.modified, $1.name) }
        let isSettled = before.map { FileTime.now().seconds(since: $0.modified) > Self.clockTickSeconds } ?? false
        let areRead = damaged.values.allSatisfy(Self.isLasting)
        return state.withLock { state in
            guard state.generation == last.generation else { return false }
            state.packs = packs.filter { known[$0.name] != nil || !state.beingNamed.contains($0.name) }
            state.damaged = damaged
            state.scanned = isSettled && areRead && state.beingNamed.isEmpty ? before?.modified : nil
            // It may be gone; to find that out by a failed read would be a detour.
            state.lastHit = nil
            return true
        }
    }

    /// Whether a pack that could not be opened cannot be as long as it stays as it is: unlike one for which there was no descriptor left.
    private static func isLasting(_ error: PachError) -> Bool {
        [.corrupt, .notSupported, .tooLarge].contains(error.code)
    }

    /// Gives packs their names, durably, and makes them known.
    /// - Throws: where naming them failed, none is there but what was there before; where just opening one did, they stay, for nobody's use.
    func publish(_ packs: [CompletedPack], calls: FileCalls) throws(PachError) {
        try naming.withLock { (_) throws(PachError) in
            state.withLock { $0.beingNamed = Set(packs.map(\.name)) }
            defer {
                state.withLock { state in
                    state.beingNamed = []
                    state.generation += 1
                }
            }
            do throws(PachError) {
                try CompletedPack.publish(packs, in: packFolder, calls: calls)
                for pack in packs { try add(pack.name) }
            } catch {
                // Who read the folder meanwhile may have opened one, and would keep its room on the disk.
                for pack in packs { files.forget("\(packFolder)/\(pack.name).pack") }
                throw error
            }
        }
    }

    /// Makes a pack known that was just given its name, which spares the next reader a look at the folder.
    private func add(_ name: PackName) throws(PachError) {
        let base = "\(packFolder)/\(name)"
        // The same content may have been there before, in a file that was damaged since.
        files.forget("\(base).pack")
        let pack = try PackFile(name, base: base, files: files)
        state.withLock { state in
            state.packs.removeAll { $0.name == name }
            state.packs.insert(pack, at: 0)
            state.generation += 1
            state.damaged[name] = nil
            state.lastHit = nil
        }
    }

    /// Forgets packs that are removed, or are about to be.
    func forget(_ names: some Collection<PackName>) {
        let names = Set(names)
        state.withLock { state in
            state.packs.removeAll { names.contains($0.name) }
            state.generation += 1
            state.lastHit = nil
        }
    }

    /// The packs that are known, newest first.
    var packs: [PackFile] {
        state.withLock { $0.packs }
    }

    /// The packs that could not be opened, and why.
    var damagedPacks: [PackName: PachError] {
        state.withLock { $0.damaged }
    }

    /// Looks for an object in packs, then loose, then in packs that came meanwhile.
    ///
    /// A damaged copy is passed over while there may be a sound one.
    /// - Throws: what was wrong with the damaged copy, where no sound one was found; with a pack that cannot be opened, where
    ///   the object is nowhere else. To say that it does not exist would be a guess (invariant 7).
    private func find<Value>(
        _ id: ObjectID, in body: (PackFile) throws(PachError) -> Value?, loose: (ObjectID) throws(PachError) -> Value?
    ) throws(PachError) -> Value? {
        var damage: PachError?
        var isFresh = false
        for _ in 0..<Self.attemptCountMax {
            var hasVanished = false
            let found = try state.withLock({ $0.candidates }).find { (pack) throws(PachError) -> Value? in
                do throws(PachError) {
                    return try body(pack)
                } catch {
                    switch error.code {
                    case .notFound: hasVanished = true
                    case .corrupt, .tooLarge: damage = damage ?? error
                    default: throw error
                    }
                    return nil
                }
            }
            if let found {
                note(found.pack)
                return found.value
            }
            if hasVanished {
                try refresh()
                continue
            }
            do throws(PachError) {
                if let value = try loose(id) { return value }
            } catch {
                damage = damage ?? error
            }
            guard !isFresh, try refreshIfChanged() else { break }
            isFresh = true
        }
        if let damage = damage ?? state.withLock({ $0.damaged.values.first }) { throw damage }
        return nil
    }

    /// Whether a known pack has the object.
    private func holds(_ id: ObjectID) -> Bool {
        let candidates = state.withLock { $0.candidates }
        if candidates.first?.contains(id) == true { return true }
        guard let pack = candidates.others.first(where: { $0.contains(id) }) else { return false }
        note(pack)
        return true
    }

    private func note(_ pack: PackFile) {
        state.withLock { $0.lastHit = pack }
    }

    /// - Returns: whether the folder was read again.
    private func refreshIfChanged() throws(PachError) -> Bool {
        let modified = try Folder.status(of: packFolder)?.modified
        let isUnchanged = state.withLock { $0.scanned != nil && $0.scanned == modified }
        if isUnchanged { return false }
        try refresh()
        return true
    }

    static func missing(_ id: ObjectID) -> PachError {
        PachError(.notFound, "object \(id) does not exist")
    }
}
