import Synchronization

/// Keeps things that are costly to make and serve one thread at a time. There are as many as threads that use one at once;
/// only a few are kept for later.
final class ResourcePool<Resource: AnyObject>: Sendable {
    private let idle = Mutex<Idle>(Idle())
    private let make: @Sendable () -> Resource
    private let idleCountMax: Int

    /// Resources are not `Sendable`, but only one thread at a time has one: it is in `idle`, or with one borrower.
    private struct Idle: @unchecked Sendable {
        var resources: [Resource] = []
    }

    init(idleCountMax: Int = 8, make: @escaping @Sendable () -> Resource) {
        self.idleCountMax = idleCountMax
        self.make = make
    }

    func withResource<Value, Failure: Error>(_ body: (Resource) throws(Failure) -> Value) throws(Failure) -> Value {
        let borrowed = idle.withLock { Idle(resources: $0.resources.popLast().map { [$0] } ?? []) }
        let resource = borrowed.resources.first ?? make()
        defer {
            let returned = Idle(resources: [resource])
            idle.withLock { idle in
                if idle.resources.count < idleCountMax { idle.resources += returned.resources }
            }
        }
        return try body(resource)
    }
}
