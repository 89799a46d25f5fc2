import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The unit: appending 4 KiB to a file and making them durable.
struct Flush: ~Copyable {
    private let descriptor: Int32
    private let bytes = [UInt8](repeating: 0x5a, count: 4096)

    init(in folder: String) throws {
        descriptor = open("\(folder)/flush", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("could not create \(folder)/flush") }
    }

    deinit {
        // Of a file of no worth.
        _ = close(descriptor)
    }

    /// How many seconds it takes now.
    func measure() throws -> Double {
        let start = ContinuousClock.now
        guard write(descriptor, bytes, bytes.count) == bytes.count, fdatasync(descriptor) == 0 else {
            throw Self.failure("could not flush")
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private static func failure(_ what: String) -> PachError {
        PachError(.io, what, cause: String(cString: strerror(errno)))
    }
}
