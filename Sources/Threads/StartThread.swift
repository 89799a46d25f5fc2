internal import Glibc

/// Starts a thread that nobody joins.
/// - Returns: 0, or the `errno` value that tells why there is no thread for it (pthread_create(3)); then `body` does not run.
public func startThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(run: body))
    let error = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
    if error == 0 { pthread_detach(thread) } else { context.release() }
    return error
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
