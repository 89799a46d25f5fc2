public import Files
public import Model

/// The four kinds of Git object, by their number in a pack (gitformat-pack(5)).
public enum ObjectKind: UInt8, Sendable, Hashable, CaseIterable {
    case commit = 1
    case tree = 2
    case blob = 3
    case tag = 4

    /// The word that begins the object's hashed form, as in `git cat-file -t`.
    public var word: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        case .tag: "tag"
        }
    }
}

/// What is known of an object without reading it whole.
public struct ObjectHeader: Sendable, Hashable {
    public var kind: ObjectKind
    /// Size in bytes when inflated.
    public var size: Int

    public init(kind: ObjectKind, size: Int) {
        self.kind = kind
        self.size = size
    }
}

/// An object, inflated and checked against its id.
public struct StoredObject: Sendable, Hashable {
    public var kind: ObjectKind
    public var bytes: [UInt8]

    public init(kind: ObjectKind, bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}

/// Reads the objects of one repo. Calls block; they belong on a lane, not on the cooperative pool.
public protocol ObjectReader: Sendable {
    /// - Throws: `notFound`; `corrupt` where the bytes do not hash to `id` (invariant 7).
    func read(_ id: ObjectID) throws(PachError) -> StoredObject
    /// - Throws: `notFound`, `corrupt`.
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader
    func contains(_ id: ObjectID) throws(PachError) -> Bool
}

/// Takes new objects of one repo. What it returns names an object that is complete, but durable only once the writer's
/// owner has said so (invariant 2 is kept by whoever publishes).
public protocol ObjectWriter: AnyObject {
    /// Stores an object unless it is there already; equal content has an equal id (invariant 9).
    func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID

    /// Stores an object that was made from another one, which is there: a store may then keep the difference alone.
    func write(_ kind: ObjectKind, _ bytes: [UInt8], madeFrom other: ObjectID?) throws(PachError) -> ObjectID

    /// Announces about so many objects of so many bytes together, so that the writer can plan for them. More may come, or fewer.
    func expect(objectCount: Int, byteCount: Int)

    /// Stores objects while the caller goes on, where there are threads to spare; else before it returns, or when it is asked for one of them.
    /// Several together are stored in less time than one by one.
    /// - Returns: for each of them one, in their order.
    func beginWriting(_ kind: ObjectKind, _ objects: [ByteSlice]) -> [PendingObject]
}

/// An object that is being written, perhaps on another thread.
public struct PendingObject: Sendable {
    private let result: @Sendable () throws(PachError) -> ObjectID

    /// - Parameter result: waits for the object, and names it.
    public init(_ result: @escaping @Sendable () throws(PachError) -> ObjectID) {
        self.result = result
    }

    /// Waits until the object is complete.
    public func id() throws(PachError) -> ObjectID {
        try result()
    }
}

extension ObjectWriter {
    public func expect(objectCount: Int, byteCount: Int) {}

    public func write(_ kind: ObjectKind, _ bytes: [UInt8], madeFrom other: ObjectID?) throws(PachError) -> ObjectID {
        try write(kind, bytes)
    }

    public func beginWriting(_ kind: ObjectKind, _ objects: [ByteSlice]) -> [PendingObject] {
        objects.map { bytes in
            let result: Result<ObjectID, PachError>
            do throws(PachError) {
                result = .success(try bytes.withBytes { (bytes) throws(PachError) in try write(kind, bytes) })
            } catch {
                result = .failure(error)
            }
            return PendingObject { () throws(PachError) in try result.get() }
        }
    }

    public func write(_ kind: ObjectKind, _ bytes: [UInt8]) throws(PachError) -> ObjectID {
        var result: Result<ObjectID, PachError>?
        bytes.withUnsafeBytes { buffer in
            do throws(PachError) {
                result = .success(try write(kind, buffer))
            } catch {
                result = .failure(error)
            }
        }
        guard let result else { preconditionFailure("withUnsafeBytes calls its closure") }
        return try result.get()
    }
}

/// Objects that are being written and can be read back at once: what a tree editor works on.
public typealias ObjectStore = ObjectReader & ObjectWriter
