import Files
import Model
import Storage

/// Objects that a user's tools wrote one by one: `objects/xx/…`, each a zlib stream of "kind size NUL bytes"
/// (gitformat-loose(5)). We read them; we write packs only.
struct LooseObjects: Sendable {
    /// The repo's `objects` folder.
    let folder: String

    /// The longest header: the longest kind, a space, twenty digits, a NUL.
    private static let headerByteCountMax = 28

    /// - Returns: nil where there is no such file.
    func read(_ id: ObjectID) throws(PachError) -> StoredObject? {
        guard let bytes = try inflated(id) else { return nil }
        let (header, start) = try header(of: bytes, id)
        let object = StoredObject(kind: header.kind, bytes: Array(bytes[start...]))
        guard object.bytes.count == header.size, ObjectHash.id(of: object.kind, object.bytes) == id else {
            throw damage(id, "its bytes do not hash to its id")
        }
        return object
    }

    /// - Returns: nil where there is no such file.
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader? {
        guard let bytes = try inflated(id) else { return nil }
        return try header(of: bytes, id).header
    }

    /// The ids of all of them.
    func ids() throws(PachError) -> [ObjectID] {
        var ids: [ObjectID] = []
        for prefix in try Folder.names(in: folder) where prefix.utf8.count == 2 && prefix.allSatisfy(\.isHexDigit) {
            for rest in try Folder.names(in: "\(folder)/\(prefix)") {
                if let id = ObjectID(hex: prefix + rest) { ids.append(id) }
            }
        }
        return ids.sorted()
    }

    func path(of id: ObjectID) -> String {
        let hex = id.description
        return "\(folder)/\(hex.prefix(2))/\(hex.dropFirst(2))"
    }

    private func inflated(_ id: ObjectID) throws(PachError) -> [UInt8]? {
        let file: File
        do throws(PachError) {
            file = try File.open(path(of: id))
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        let deflated = try file.bytes(upTo: Limits.objectByteCountMax)
        return try deflated.withBytes { (deflated) throws(PachError) in try Inflater.inflate(deflated, of: name(id)) }
    }

    private func header(of bytes: [UInt8], _ id: ObjectID) throws(PachError) -> (header: ObjectHeader, start: Int) {
        guard let end = bytes.prefix(Self.headerByteCountMax).firstIndex(of: 0) else { throw damage(id, "it has no header") }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let kind = ObjectKind.allCases.first(where: { $0.word == words[0] }), let size = Int(words[1]),
            (0...Limits.objectByteCountMax).contains(size)
        else { throw damage(id, "its header is not valid") }
        return (ObjectHeader(kind: kind, size: size), end + 1)
    }

    private func name(_ id: ObjectID) -> String {
        "the loose object \(quoted(path(of: id)))"
    }

    private func damage(_ id: ObjectID, _ cause: String) -> PachError {
        PachError(.corrupt, "\(name(id)) is damaged", cause: cause)
    }
}
