/// Some bytes of an array, which is in memory as a whole for as long as they are; an `ArraySlice` does not tell how much that is.
public struct ByteSlice: Sendable {
    private let array: [UInt8]
    /// Where the bytes lie in it.
    private let range: Range<Int>

    public init(_ array: [UInt8]) {
        self.init(array, array.indices)
    }

    public init(_ array: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= array.count, "a slice lies in its array")
        self.array = array
        self.range = range
    }

    public var count: Int { range.count }

    /// The bytes as an array; without a copy where they are the whole one.
    public var bytes: [UInt8] { count == array.count ? array : Array(array[range]) }

    /// The bytes at `part`, which is counted from the first of these.
    public func slice(_ part: Range<Int>) -> ByteSlice {
        ByteSlice(array, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
    }

    public func withBytes<Value, Failure: Error>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Value) throws(Failure) -> Value {
        try array.withBytes { (bytes) throws(Failure) in try body(bytes.slice(range)) }
    }

    /// Where the bytes are. They stay there, as they are, for as long as the caller holds on to the slice: an array's elements lie in one block of
    /// memory, which is neither moved nor written to while it has more than one owner, and nobody can change the one that is in here.
    public var address: UnsafeRawBufferPointer { withBytes { $0 } }
}
