public import Glibc

extension [UInt8] {
    /// `withUnsafeBytes`, keeping the type of what `body` throws.
    @inlinable
    package func withBytes<Value, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        try span.bytes.withUnsafeBytes(body)
    }

    /// An array of `count` bytes that `fill` writes; no byte is written twice.
    /// - Parameter fill: returns how many it wrote, at most `count`.
    @inlinable
    package init<Failure: Error>(count: Int, fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int) throws(Failure) {
        var failure: Failure?
        self.init(unsafeUninitializedCapacity: count) { buffer, written in
            do throws(Failure) {
                written = try fill(UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension ArraySlice<UInt8> {
    /// `withUnsafeBytes`, keeping the type of what `body` throws.
    @inlinable
    package func withBytes<Value, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        try span.bytes.withUnsafeBytes(body)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes at `range`, which lies within.
    @inlinable @inline(__always)
    package func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Whether both hold the same bytes.
    @inlinable @inline(__always)
    package func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }

    /// How many bytes both begin with.
    @inlinable
    package func commonPrefixCount(_ other: UnsafeRawBufferPointer) -> Int {
        let count = Swift.min(count, other.count)
        guard let start = baseAddress, let otherStart = other.baseAddress else { return 0 }
        let block = 256
        var equal = 0
        while equal + block <= count, memcmp(start + equal, otherStart + equal, block) == 0 { equal += block }
        while equal + 8 <= count {
            let left = UInt64(littleEndian: loadUnaligned(fromByteOffset: equal, as: UInt64.self))
            let right = UInt64(littleEndian: other.loadUnaligned(fromByteOffset: equal, as: UInt64.self))
            guard left == right else { return equal + (left ^ right).trailingZeroBitCount / 8 }
            equal += 8
        }
        while equal < count, self[equal] == other[equal] { equal += 1 }
        return equal
    }
}
