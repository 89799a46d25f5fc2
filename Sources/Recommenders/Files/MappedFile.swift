#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file whose bytes appear in memory without being read; pages come in as they are looked at.
///
/// The file must not be shortened meanwhile. Files that this program writes never are: a new one takes the old one's name.
/// Sendable, since nobody writes to it.
final class MappedFile: @unchecked Sendable {
    private let address: UnsafeMutableRawPointer?
    private let count: Int

    /// Maps a file.
    ///
    /// - Throws: `.io` when it cannot be opened or mapped.
    private init(_ path: String) throws(RecommenderError) {
        let file = try FileDescriptor(path, for: .reading)
        count = try file.size
        // Nothing cannot be mapped.
        address = count == 0 ? nil : try file.map(count: count)
    }

    deinit {
        if let address { munmap(address, count) }
    }

    /// The bytes of a file.
    ///
    /// - Throws: `.io` when it cannot be opened or mapped.
    static func bytes(of path: String) throws(RecommenderError) -> Column<UInt8> {
        let file = try MappedFile(path)
        guard let address = file.address else { return Column(copying: []) }
        return Column(start: UnsafeRawPointer(address).assumingMemoryBound(to: UInt8.self), count: file.count, owner: file)
    }
}
