import Glibc

extension UnsafeRawBufferPointer {
    /// Below, equal or above zero, as these bytes come before, with or after `other` as unsigned numbers; a prefix comes first.
    @inline(__always)
    func compare(_ other: UnsafeRawBufferPointer) -> Int {
        if let left = baseAddress, let right = other.baseAddress {
            let order = memcmp(left, right, Swift.min(count, other.count))
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }
}
