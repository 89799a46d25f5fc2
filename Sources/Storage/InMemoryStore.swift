public import Model
import Synchronization

/// An object store that forgets: for tests, and as the model that the durable one is compared with. Thread-safe.
public final class InMemoryStore: ObjectStore {
    private struct State {
        var objects: [ObjectID: StoredObject] = [:]
        var byteCount = 0
    }

    private let state = Mutex(State())

    public init() {}

    public func read(_ id: ObjectID) throws(PachError) -> StoredObject {
        guard let object = state.withLock({ $0.objects[id] }) else { throw Self.notFound(id) }
        return object
    }

    public func header(of id: ObjectID) throws(PachError) -> ObjectHeader {
        let object = try read(id)
        return ObjectHeader(kind: object.kind, size: object.bytes.count)
    }

    public func contains(_ id: ObjectID) throws(PachError) -> Bool {
        state.withLock { $0.objects[id] != nil }
    }

    public func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
        let id = ObjectHash.id(of: kind, bytes)
        state.withLock { state in
            guard state.objects[id] == nil else { return }
            state.objects[id] = StoredObject(kind: kind, bytes: Array(bytes))
            state.byteCount += bytes.count
        }
        return id
    }

    /// Everything in it.
    public var objects: [ObjectID: StoredObject] { state.withLock { $0.objects } }

    /// How many objects it has.
    public var objectCount: Int { state.withLock { $0.objects.count } }

    /// How many bytes its objects have together.
    public var byteCount: Int { state.withLock { $0.byteCount } }

    private static func notFound(_ id: ObjectID) -> PachError {
        PachError(.notFound, "object \(id) is not there")
    }
}
