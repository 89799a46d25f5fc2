import Files
public import Model
import Synchronization

extension GitRepository {
    /// Reads a pack and its index and compares both with their checksums, and the pack with its name.
    /// - Parameter path: of the pack, without extension; it may be there under another name than its own.
    /// - Throws: `corrupt`, `notFound`, `io`.
    public static func verifyPack(_ name: PackName, at path: String) throws(PachError) {
        let pack = try PackFile(name, base: path, files: OpenFiles(countMax: 1))
        guard try pack.checksumIsSound(), pack.index.packChecksum == name.checksum else {
            throw PachError(.corrupt, "the pack \(quoted("\(path).pack")) is damaged", cause: "its checksum is wrong")
        }
        guard pack.index.checksumIsSound else {
            throw PachError(.corrupt, "the index \(quoted("\(path).idx")) is damaged", cause: "its checksum is wrong")
        }
    }

    /// Reads a loose object and compares it with its id.
    /// - Parameter path: of its file, which may be there under another name than its own.
    /// - Throws: `corrupt`, `notFound`, `io`; `tooLarge` for one that is larger than those that are read.
    public static func verifyLooseObject(_ id: ObjectID, at path: String) throws(PachError) {
        guard try LooseObjects.read(id, at: path) != nil else { throw PachError(.notFound, "there is no file \(quoted(path))") }
    }

    /// Has packs stay as they are until `releasePacks`.
    /// - Returns: false where another backup or a collection holds them.
    public func holdPacksForBackup() throws(PachError) -> Bool {
        try holdPacks() != nil
    }

    /// The packs that are there now, also those that cannot be opened: from here on all of them are held, where others were. Between the two no
    /// pack goes but into one that is among these.
    public func extendHold() throws(PachError) -> Set<PackName> {
        try mergeLock.withLock { (_) throws(PachError) in
            let files = try Folder.names(in: objects.packFolder).filter { $0.hasSuffix(".pack") || $0.hasSuffix(".idx") }
            let names = Set(files.compactMap { PackName($0.prefix { $0 != "." }) })
            heldPacks.withLock { held in held = held.map { $0.union(names) } }
            return names
        }
    }
}
