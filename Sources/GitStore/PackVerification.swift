public import Model

extension GitRepository {
    /// Reads a pack and its index and compares both with their checksums, and the pack with its name.
    /// - Parameter path: of the pack, without extension; it may be there under another name for now.
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

    /// Whether packs stay as they are until `releasePacks`.
    public func holdPacksForBackup() throws(PachError) -> Bool {
        try holdPacks() != nil
    }
}
