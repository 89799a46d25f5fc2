import Files
import Model
import Storage

/// Copies entries of packs to a new one as they are, deltas too: their bases have to be copied as well.
struct PackCopy {
    let writer: PackWriter
    private let checksEntries: Bool
    private var settledByteCount: Int

    /// - Parameter checksEntries: check what is copied by the CRC-32 that the index has for just this.
    init(to writer: PackWriter, checksEntries: Bool = true) {
        self.writer = writer
        self.checksEntries = checksEntries
        settledByteCount = writer.byteCount
    }

    /// Copies the entries that are chosen, in their order. The bytes of others are not looked at: they may be damaged.
    ///
    /// A delta that says where in its pack its base lies is made to name it instead; so all entries mean the same wherever they are.
    /// - Parameter isChosen: is told an entry and its position in the index, and may ask for the base, which only a delta has.
    /// - Throws: `corrupt`.
    mutating func copy(
        _ pack: PackFile,
        isChosen: (PackFile.Entry, _ position: Int, _ base: () throws(PachError) -> ObjectID?) throws(PachError) -> Bool
    ) throws(PachError) {
        var window = PackWindow(try pack.data())
        var bases = PackBases(pack)
        try pack.forEachEntry { (entry, position) throws(PachError) in
            guard
                try isChosen(
                    entry, position,
                    { () throws(PachError) in try bases.base(of: checked(entry, of: pack, in: &window).header) })
            else { return }
            let (bytes, crc, header) = try checked(entry, of: pack, in: &window)
            if let base = try bases.base(of: header), case .deltaToOffset = header.form {
                var named: [UInt8] = []
                PackEntryHeader.append(deltaTo: base, size: header.size, to: &named)
                named += bytes.dropFirst(header.byteCount)
                try writer.append(entry: named, crc: named.withBytes { PackEntry.crc($0) }, of: entry.id)
            } else {
                try writer.append(entry: bytes, crc: crc, of: entry.id)
            }
            // Little is left unsynced, so that a commit that syncs meanwhile does not wait for it.
            if writer.byteCount - settledByteCount >= Limits.unsyncedByteCountMax {
                try writer.settle()
                settledByteCount = writer.byteCount
            }
        }
    }

    private func checked(
        _ entry: PackFile.Entry, of pack: PackFile, in window: inout PackWindow
    ) throws(PachError) -> (bytes: ArraySlice<UInt8>, crc: UInt32, header: PackEntryHeader) {
        let bytes = try window.bytes(entry.range)
        let (crc, header) = bytes.withUnsafeBytes { (PackEntry.crc($0), PackEntryHeader($0, at: entry.range.lowerBound)) }
        guard crc == entry.crc || !checksEntries, let header else { throw pack.damageOfEntry(entry.id) }
        return (bytes, crc, header)
    }
}
