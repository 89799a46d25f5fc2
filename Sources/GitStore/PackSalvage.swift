import Files
import Model
import Storage

/// What can be read of a pack that cannot be opened: its header, its trailer or its index is damaged, or its end is gone.
///
/// Each object is known by its own id: what surrounds it need not be trusted.
struct PackSalvage {
    /// In the order in which they lie.
    private(set) var objects: [(id: ObjectID, offset: Int)] = []
    /// Whether that is all that the pack ever held.
    private(set) var isWhole = false

    private var data: PackData

    /// - Parameter folder: of packs.
    init(_ name: PackName, in folder: String) throws(PachError) {
        let file = try File.open("\(folder)/\(name).pack")
        let byteCount = try file.byteCount()
        let index = try Self.index("\(folder)/\(name).idx")
        // Where the end is gone the last bytes are those of an entry.
        data = PackData(file: file, end: byteCount)
        data.bases = DeltaBaseCache()
        var found: [ObjectID: Int] = [:]
        defer { objects = found.map { (id: $0.key, offset: $0.value) }.sorted { $0.offset < $1.offset } }
        if let index { try read(index, into: &found) }
        if let index, index.packChecksum == name.checksum, index.checksumIsSound {
            isWhole = found.count == index.count
        } else {
            let end = byteCount - PackData.trailerByteCount
            guard end >= PackData.headerByteCount else { return }
            let scan = try PackScan(PackData(file: file, end: end))
            for object in scan.objects { found[object.id] = object.offset }
            if scan.isComplete {
                let header = try file.read(at: 0, count: PackData.headerByteCount)
                let trailer = try file.read(at: end, count: ObjectID.byteCount)
                // One of the two tells that nothing is missing at the end.
                isWhole = header == PackFile.header(objectCount: scan.objects.count) || trailer == name.checksum.bytes
            }
        }
    }

    private static func index(_ path: String) throws(PachError) -> PackIndex? {
        do throws(PachError) {
            return try PackIndex(path: path)
        } catch {
            guard [.corrupt, .notFound, .notSupported].contains(error.code) else { throw error }
            return nil
        }
    }

    private func read(_ index: PackIndex, into found: inout [ObjectID: Int]) throws(PachError) {
        for position in 0..<index.count {
            let id = index.id(at: position)
            do throws(PachError) {
                let offset = try index.offset(at: position)
                let object = try data.object(at: offset, find: index.offset(of:))
                if ObjectHash.id(of: object.kind, object.bytes) == id { found[id] = offset }
            } catch {
                guard error.code == .corrupt || error.code == .tooLarge else { throw error }
            }
        }
    }

    /// Writes the objects that are chosen to a pack: deltas as such where their bases go with them.
    func write(to writer: PackWriter, isChosen: (ObjectID) throws(PachError) -> Bool) throws(PachError) {
        var offsets: [ObjectID: Int] = [:]
        var ids: [Int: ObjectID] = [:]
        for object in objects {
            offsets[object.id] = object.offset
            if try isChosen(object.id) { ids[object.offset] = object.id }
        }
        for (id, offset) in objects where ids[offset] != nil {
            let (header, _, byteCount) = try data.entry(at: offset)
            let base: ObjectID?
            switch header.form {
            case .whole:
                let entry = try data.read(at: offset, count: byteCount)
                try writer.append(entry: entry, crc: entry.withBytes { PackEntry.crc($0) }, of: id)
                continue
            case .deltaToObject(let id): base = offsets[id].flatMap { ids[$0] }
            case .deltaToOffset(let offset): base = ids[offset]
            }
            if let base {
                var entry: [UInt8] = []
                PackEntryHeader.append(deltaTo: base, size: header.size, to: &entry)
                entry += try data.read(at: offset, count: byteCount).dropFirst(header.byteCount)
                try writer.append(entry: entry, crc: entry.withBytes { PackEntry.crc($0) }, of: id)
            } else {
                try writer.append(LandedObject(data.object(at: offset) { (id) in offsets[id] }, id: id))
            }
        }
    }
}
