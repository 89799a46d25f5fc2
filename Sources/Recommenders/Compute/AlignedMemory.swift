internal import CKernels

/// Numbers at an address that suits the kernels' vectors; zero at first. An array's are aligned less.
///
/// Sendable although it can be written to: whoever makes one fills it before handing it on, as a `Column`, to others.
final class AlignedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first number. Valid as long as this object lives.
    let start: UnsafeMutablePointer<Element>
    /// How many there are.
    let count: Int

    /// - Parameter count: At least 0.
    init(count: Int) {
        let byteCount = count * MemoryLayout<Element>.stride
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: Int(ck_alignment))
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        start = memory.assumingMemoryBound(to: Element.self)
        self.count = count
    }

    /// A copy of some numbers.
    convenience init(copying numbers: some Collection<Element>) {
        self.init(count: numbers.count)
        let (start, count) = (start, count)
        let copied: Void? = numbers.withContiguousStorageIfAvailable { numbers in
            if let first = numbers.baseAddress { start.update(from: first, count: count) }
        }
        if copied == nil { for (position, number) in numbers.enumerated() { start[position] = number } }
    }

    deinit {
        UnsafeMutableRawPointer(start).deallocate()
    }
}
