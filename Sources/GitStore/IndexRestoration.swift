import Model
import Storage

extension RepositoryObjects {
    /// Writes the index of a complete pack that has none: a crash came between their names, or took the index of a pack that was being
    /// removed. What is damaged is left as it is, for `verify` to report.
    func restoreIndex(of name: String, calls: FileCalls) throws(PachError) {
        let path = "\(packFolder)/\(name)"
        do throws(PachError) {
            let pack = try File.open("\(path).pack")
            let end = try pack.byteCount() - PackData.trailerByteCount
            guard end >= PackData.headerByteCount else { return }
            let checksum = try PackChecksum.compute(of: pack, byteCount: end)
            guard try pack.read(at: end, count: ObjectID.byteCount) == checksum.bytes else { return }
            guard let objects = try objects(in: PackData(file: pack, end: end)) else { return }
            guard try pack.read(at: 0, count: PackData.headerByteCount) == PackFile.header(objectCount: objects.count) else { return }

            let temporary = "\(packFolder)/\(PackWriter.temporaryPrefix)\(name).idx"
            try Folder.removeFile(temporary)
            let index = try File.create(temporary, mode: 0o444, calls: calls)
            try PackIndexWriter.write(objects.sorted { $0.id < $1.id }, packChecksum: checksum, to: index)
            try index.sync()
            try Folder.rename(temporary, to: "\(path).idx", calls: calls)
            try Folder.sync(packFolder, calls: calls)
        } catch {
            guard error.code == .corrupt || error.code == .tooLarge else { throw error }
        }
    }

    /// All objects of a pack, found by reading it from its beginning; nil where a delta has no base.
    private func objects(in data: PackData) throws(PachError) -> [PackedObject]? {
        var objects: [PackedObject] = []
        var offsets: [ObjectID: Int] = [:]
        var deltas: [(offset: Int, crc: UInt32)] = []
        var offset = PackData.headerByteCount
        while offset < data.end {
            let entry = try data.entry(at: offset)
            let crc = try data.read(at: offset, count: entry.byteCount).withBytes(PackWriter.crc)
            if case .whole(let kind) = entry.header.form {
                let id = ObjectHash.id(of: kind, entry.bytes)
                objects.append(PackedObject(id: id, crc: crc, offset: offset))
                offsets[id] = offset
            } else {
                deltas.append((offset, crc))
            }
            offset += entry.byteCount
        }
        // A delta may name an object that is a delta as well, and that is only then known.
        var data = data
        data.bases = DeltaBaseCache()
        while !deltas.isEmpty {
            var rest: [(offset: Int, crc: UInt32)] = []
            for delta in deltas {
                var lacksBase = false
                do throws(PachError) {
                    let object = try data.object(at: delta.offset) { (id) throws(PachError) in
                        lacksBase = offsets[id] == nil
                        return offsets[id]
                    }
                    let id = ObjectHash.id(of: object.kind, object.bytes)
                    objects.append(PackedObject(id: id, crc: delta.crc, offset: delta.offset))
                    offsets[id] = delta.offset
                } catch {
                    guard lacksBase else { throw error }
                    rest.append(delta)
                }
            }
            guard rest.count < deltas.count else { return nil }
            deltas = rest
        }
        return objects
    }
}
