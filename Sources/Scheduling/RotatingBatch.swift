internal import Files
internal import GitStore
internal import Glibc
internal import Model
internal import Storage
internal import Synchronization

/// Takes a job's outputs into a batch that can be ended and replaced while workers write.
///
/// The objects of one datum may lie in two batches. That does no harm: a datum counts as processed when its last object is written,
/// and is named only after the batch of that object has ended.
final class RotatingBatch: ObjectWriter, Sendable {
    /// Held shared while an object is written, alone while the batch is replaced: no call may be under way when a batch ends.
    private final class Gate: @unchecked Sendable {
        // Guarded by itself: pthread_rwlock(3) may be used by all threads once it is initialised, and never moves.
        private let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

        init() {
            var attributes = pthread_rwlockattr_t()
            pthread_rwlockattr_init(&attributes)
            // Else those who write objects, of whom there is always one, would keep out who ends the batch.
            pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
            pthread_rwlock_init(lock, &attributes)
            pthread_rwlockattr_destroy(&attributes)
        }

        deinit {
            pthread_rwlock_destroy(lock)
            lock.deallocate()
        }

        func shared<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
            pthread_rwlock_rdlock(lock)
            defer { pthread_rwlock_unlock(lock) }
            return try body()
        }

        func alone<Value>(_ body: () -> Value) -> Value {
            pthread_rwlock_wrlock(lock)
            defer { pthread_rwlock_unlock(lock) }
            return body()
        }
    }

    private let gate = Gate()
    private let current: Mutex<ObjectBatch>

    init(_ batch: ObjectBatch) {
        current = Mutex(batch)
    }

    func write(_ kind: ObjectKind, _ bytes: UnsafeRawBufferPointer) throws(PachError) -> ObjectID {
        try gate.shared { () throws(PachError) in
            let batch = current.withLock { $0 }
            return try batch.write(kind, bytes)
        }
    }

    func expect(objectCount: Int, byteCount: Int) {
        current.withLock { $0 }.expect(objectCount: objectCount, byteCount: byteCount)
    }

    func beginWriting(_ kind: ObjectKind, _ objects: [ByteSlice]) -> [PendingObject] {
        // A batch that is ended waits for what was begun.
        gate.shared { current.withLock { $0 }.beginWriting(kind, objects) }
    }

    /// The batch in use. Only for when no worker writes any more.
    var batch: ObjectBatch { current.withLock { $0 } }

    /// Puts another batch in its place; the one before takes no more objects.
    func replace(with batch: ObjectBatch) -> ObjectBatch {
        gate.alone {
            current.withLock { current in
                defer { current = batch }
                return current
            }
        }
    }
}
