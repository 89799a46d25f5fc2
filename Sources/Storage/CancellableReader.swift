public import Model

/// Reads objects until nobody wants them any more: what goes through a whole repo, or lays out large files, does little else.
public struct CancellableReader: ObjectReader {
    private let objects: any ObjectReader
    private let check: @Sendable () throws(PachError) -> Void

    /// - Parameter check: asked before each object; ends the reading by throwing.
    public init(_ objects: any ObjectReader, check: @escaping @Sendable () throws(PachError) -> Void) {
        self.objects = objects
        self.check = check
    }

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        try check()
        return try objects.read(id)
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        try check()
        return try objects.header(of: id)
    }

    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        try check()
        return try objects.contains(id)
    }
}
