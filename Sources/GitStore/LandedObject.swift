import Files
public import Model
public import Storage

/// An object outside a pack, in the form that a pack will hold: a zlib stream of its bytes or of a delta. So the landing table keeps it.
public struct LandedObject: Sendable, Hashable {
    public var id: ObjectID
    public var kind: ObjectKind
    /// Size in bytes when inflated.
    public var size: Int
    /// The zlib stream (RFC 1950), of the object or of a delta.
    public var deflated: [UInt8]
    /// What the stream is a delta to; nil where it is of the object itself.
    public var basis: Basis?

    /// The base of a delta.
    public struct Basis: Sendable, Hashable {
        public var id: ObjectID
        /// Size of the delta in bytes when inflated.
        public var deltaByteCount: Int
        /// Whether this process made the delta, and so knows what it gives.
        var isProven = false

        public init(id: ObjectID, deltaByteCount: Int) {
            self.id = id
            self.deltaByteCount = deltaByteCount
        }
    }

    public init(id: ObjectID, kind: ObjectKind, size: Int, deflated: [UInt8], basis: Basis? = nil) {
        self.id = id
        self.kind = kind
        self.size = size
        self.deflated = deflated
        self.basis = basis
    }

    /// The object, whole.
    init(_ object: StoredObject, id: ObjectID) {
        self.init(id: id, kind: object.kind, size: object.bytes.count, deflated: object.bytes.withBytes { Deflater.deflate($0) })
    }

    /// What is known of the object without inflating it.
    /// - Throws: `corrupt` where no object is so large: who adds up sizes must be able to rely on them.
    public func header() throws(PachError) -> ObjectHeader {
        guard (0...Limits.objectByteCountMax).contains(size) else { throw damage("it cannot have \(size) bytes") }
        return ObjectHeader(kind: kind, size: size)
    }

    /// Inflates the object and checks it against its id (invariant 7).
    /// - Parameter base: reads what a delta refers to.
    /// - Throws: `corrupt`.
    public func inflate(base: (ObjectID) throws(PachError) -> StoredObject) throws(PachError) -> StoredObject {
        var bytes = try stream()
        if let basis {
            let whole = try base(basis.id)
            let result = bytes.withBytes { delta in whole.bytes.withBytes { Delta.apply(delta, to: $0) } }
            guard let result, result.count == size else { throw damage("its delta does not fit its base \(basis.id)") }
            bytes = result
        }
        guard ObjectHash.id(of: kind, bytes) == id else { throw damage("its bytes do not hash to its id") }
        return StoredObject(kind: kind, bytes: bytes)
    }

    /// The same, of an object that is no delta.
    public func inflate() throws(PachError) -> StoredObject {
        try inflate { (id) throws(PachError) in throw RepositoryObjects.missing(id) }
    }

    /// What the zlib stream holds: the object or the delta. The stream's own checksum is checked.
    func stream() throws(PachError) -> [UInt8] {
        try deflated.withBytes { (deflated) throws(PachError) in
            try Inflater.inflate(deflated, size: basis?.deltaByteCount ?? size, of: "object \(id)").bytes
        }
    }

    private func damage(_ cause: String) -> PachError {
        PachError(.corrupt, "object \(id) is damaged", cause: cause)
    }
}
