#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Span<UInt8> {
    /// Whether these bytes and `other` are the same.
    func isEqual(to other: Span<UInt8>) -> Bool {
        count == other.count && compare(other) == 0
    }

    /// Less than, equal to, or more than zero as these bytes come before, with or after `other` in byte order.
    ///
    /// Byte order is the order of unsigned bytes, a prefix before what it begins; for UTF-8 it is the order of code points.
    func compare(_ other: Span<UInt8>) -> Int {
        withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                // An empty span may have no address, and memcmp must be given one.
                if let first = mine.baseAddress, let second = theirs.baseAddress {
                    let order = memcmp(first, second, Swift.min(mine.count, theirs.count))
                    if order != 0 { return Int(order) }
                }
                return mine.count - theirs.count
            }
        }
    }
}
