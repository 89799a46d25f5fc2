import Files
import Model
import Storage

extension RepositoryObjects {
    /// Writes the index of a complete pack whose index is damaged, or that has none: a crash came between their names, or took the index of
    /// a pack that was being removed. A pack that is damaged is left as it is, for `verify` to report, and so is its index, which finds what
    /// is behind the damage.
    /// - Returns: whether it was written.
    @discardableResult
    func restoreIndex(of name: String, calls: FileCalls) throws(PachError) -> Bool {
        let path = "\(packFolder)/\(name)"
        do throws(PachError) {
            let pack = try File.open("\(path).pack")
            let end = try pack.byteCount() - PackData.trailerByteCount
            guard end >= PackData.headerByteCount else { return false }
            let checksum = try PackChecksum.compute(of: pack, byteCount: end)
            guard try pack.read(at: end, count: ObjectID.byteCount) == checksum.bytes else { return false }
            let scan = try PackScan(PackData(file: pack, end: end))
            guard scan.isComplete else { return false }
            let header = PackFile.header(objectCount: scan.objects.count)
            guard try pack.read(at: 0, count: PackData.headerByteCount) == header else { return false }

            let temporary = "\(packFolder)/\(PackWriter.temporaryPrefix)\(name).idx"
            try Folder.removeFile(temporary)
            try File.replace("\(path).idx", through: temporary, mode: 0o444, calls: calls) { (index) throws(PachError) in
                try PackIndexWriter.write(scan.objects.sorted { $0.id < $1.id }, packChecksum: checksum, to: index)
            }
            try Folder.sync(packFolder, calls: calls)
            return true
        } catch {
            guard error.code == .corrupt else { throw error }
            return false
        }
    }
}
