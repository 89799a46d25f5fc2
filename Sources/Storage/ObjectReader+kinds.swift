import Model

extension ObjectReader {
    /// The object `id`, which must be a blob.
    func blob(_ id: ObjectID) throws(PachError) -> StoredObject { try read(id, as: .blob) }

    /// The object `id`, which must be a tree.
    func tree(_ id: ObjectID) throws(PachError) -> Tree { Tree(try read(id, as: .tree).bytes) }

    /// The bytes of a chunk, as many as its group says.
    func chunk(_ chunk: ChunkEntry) throws(PachError) -> [UInt8] {
        let bytes = try blob(chunk.id).bytes
        guard bytes.count == chunk.size else {
            throw PachError(.corrupt, "chunk \(chunk.id) has \(bytes.count) bytes, not \(chunk.size) as its name says")
        }
        return bytes
    }

    private func read(_ id: ObjectID, as kind: ObjectKind) throws(PachError) -> StoredObject {
        let object = try read(id)
        guard object.kind == kind else {
            throw PachError(.corrupt, "object \(id) is a \(object.kind.word), where a \(kind.word) should be")
        }
        return object
    }
}
