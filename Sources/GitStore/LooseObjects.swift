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
        try Self.read(id, at: path(of: id))
    }

    /// - Parameter path: of its file, which may be there under another name than its own.
    /// - Returns: nil where there is no such file.
    static func read(_ id: ObjectID, at path: String) throws(PachError) -> StoredObject? {
        guard let bytes = try inflated(path) else { return nil }
        let (header, start) = try header(of: bytes, path)
        let object = StoredObject(kind: header.kind, bytes: Array(bytes[start...]))
        guard object.bytes.count == header.size, ObjectHash.id(of: object.kind, object.bytes) == id else {
            throw damage(path, "its bytes do not hash to its id")
        }
        return object
    }

    /// - Returns: nil where there is no such file.
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader? {
        let path = path(of: id)
        return try Self.inflated(path).map { (bytes) throws(PachError) in try Self.header(of: bytes, path).header }
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

    private static func inflated(_ path: String) throws(PachError) -> [UInt8]? {
        let file: File
        do throws(PachError) {
            file = try File.open(path)
        } catch {
            if error.code == .notFound { return nil }
            throw error
        }
        let deflated = try file.bytes(upTo: Limits.objectByteCountMax)
        return try deflated.withBytes { (deflated) throws(PachError) in try Inflater.inflate(deflated, of: name(path)) }
    }

    private static func header(of bytes: [UInt8], _ path: String) throws(PachError) -> (header: ObjectHeader, start: Int) {
        guard let end = bytes.prefix(headerByteCountMax).firstIndex(of: 0) else { throw damage(path, "it has no header") }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let kind = ObjectKind.allCases.first(where: { $0.word == words[0] }), let size = Int(words[1]),
            (0...Limits.objectByteCountMax).contains(size)
        else { throw damage(path, "its header is not valid") }
        return (ObjectHeader(kind: kind, size: size), end + 1)
    }

    private static func name(_ path: String) -> String {
        "the loose object \(quoted(path))"
    }

    private static func damage(_ path: String, _ cause: String) -> PachError {
        PachError(.corrupt, "\(name(path)) is damaged", cause: cause)
    }
}
