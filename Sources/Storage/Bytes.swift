import Glibc

extension [UInt8] {
    /// `withUnsafeBytes`, keeping the type of what `body` throws.
    func withBytes<Value, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        try span.bytes.withUnsafeBytes(body)
    }
}

extension ArraySlice<UInt8> {
    /// `withUnsafeBytes`, keeping the type of what `body` throws.
    func withBytes<Value, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        try span.bytes.withUnsafeBytes(body)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes at `range`, which lies within.
    @inline(__always)
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Whether both hold the same bytes.
    @inline(__always)
    func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }

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
