/// Numbers of one type, one after the other, that nobody changes any more: in memory of their own, or in a mapped file.
///
/// Copying a column copies no numbers.
struct Column<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first number. Valid as long as this value, or a copy, lives.
    let start: UnsafePointer<Element>
    /// How many there are.
    let count: Int
    /// What the numbers belong to.
    private let owner: AnyObject

    /// The numbers of some memory, which is not written to any more.
    init(_ memory: AlignedMemory<Element>) {
        start = UnsafePointer(memory.start)
        count = memory.count
        owner = memory
    }

    /// A copy of some numbers.
    init(copying numbers: some Collection<Element>) {
        self.init(AlignedMemory(copying: numbers))
    }

    /// Numbers that stand at `start` as long as `owner` lives.
    init(start: UnsafePointer<Element>, count: Int, owner: AnyObject) {
        self.start = start
        self.count = count
        self.owner = owner
    }

    /// The number at a position in `0..<count`.
    subscript(position: Int) -> Element {
        precondition(position >= 0 && position < count, "a column was asked for a number that it does not have")
        return start[position]
    }

    /// The numbers, to be used in place.
    var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

    /// The same memory as bytes.
    var bytes: Column<UInt8> {
        let byteCount = count * MemoryLayout<Element>.stride
        return Column<UInt8>(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: byteCount, owner: owner)
    }

    /// A part of the column; `range` is within its indices.
    func extracting(_ range: Range<Int>) -> Column {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a column was asked for numbers that it does not have")
        return Column(start: start + range.lowerBound, count: range.count, owner: owner)
    }
}

extension Column: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { count }

    /// Copies are made at once, not number by number.
    func withContiguousStorageIfAvailable<Result>(_ body: (UnsafeBufferPointer<Element>) throws -> Result) rethrows -> Result? {
        defer { withExtendedLifetime(self) {} }
        return try body(buffer)
    }
}

extension Column<UInt8> {
    /// The same memory as numbers of another type, or `nil` when it is not aligned or not long enough for whole ones.
    func numbers<Number: BitwiseCopyable>(as: Number.Type = Number.self) -> Column<Number>? {
        let raw = UnsafeRawPointer(start)
        guard Int(bitPattern: raw) % MemoryLayout<Number>.alignment == 0, count % MemoryLayout<Number>.stride == 0 else { return nil }
        return Column<Number>(
            start: raw.assumingMemoryBound(to: Number.self), count: count / MemoryLayout<Number>.stride, owner: owner)
    }

    /// Hands the bytes to `body` as a span.
    func withSpan<Result, Failure: Error>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        // The span knows the memory's address but not its owner.
        defer { withExtendedLifetime(self) {} }
        return try body(buffer.span)
    }
}
