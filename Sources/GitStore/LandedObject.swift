public import Model
public import Storage

/// An object outside a pack, in the form that a pack will hold: its bytes are a zlib stream. So the landing table keeps it.
public struct LandedObject: Sendable, Hashable {
    public var id: ObjectID
    public var kind: ObjectKind
    /// Size in bytes when inflated.
    public var size: Int
    /// The zlib stream (RFC 1950).
    public var deflated: [UInt8]

    public init(id: ObjectID, kind: ObjectKind, size: Int, deflated: [UInt8]) {
        self.id = id
        self.kind = kind
        self.size = size
        self.deflated = deflated
    }

    /// Inflates the object and checks it against its id (invariant 7).
    /// - Throws: `corrupt`.
    public func inflate() throws(PachError) -> StoredObject {
        let bytes = try deflated.withBytes { (deflated) throws(PachError) in
            try Inflater.inflate(deflated, size: size, of: "object \(id)").bytes
        }
        guard ObjectHash.id(of: kind, bytes) == id else {
            throw PachError(.corrupt, "object \(id) is damaged", cause: "its bytes do not hash to its id")
        }
        return StoredObject(kind: kind, bytes: bytes)
    }
}
