internal import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Numbers at an address that suits the kernels' vectors; zero at first. An array's are aligned less.
///
/// Sendable although it can be written to: whoever makes one fills it before handing it on, as a `Column`, to others.
final class AlignedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first number. Valid as long as this object lives.
    let start: UnsafeMutablePointer<Element>
    /// How many there are.
    let count: Int
    /// What it stands in, where that is much.
    private let pages: HugePages?

    /// - Parameter count: At least 0.
    init(count: Int) {
        let byteCount = count * MemoryLayout<Element>.stride
        pages = HugePages(byteCount: byteCount)
        let memory: UnsafeMutableRawPointer
        if let pages {
            memory = pages.start
        } else {
            memory = .allocate(byteCount: max(byteCount, 1), alignment: Int(ck_alignment))
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }
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
        if let pages { pages.unmap() } else { UnsafeMutableRawPointer(start).deallocate() }
    }
}

/// Zeros from the system, in its huge pages if it has them: ordinary ones of 4 KiB, which it hands out one at a time as they are first
/// touched, took a third of the time that similarities take.
private struct HugePages {
    let start: UnsafeMutableRawPointer
    private let byteCount: Int

    /// What huge pages measure on x86-64, and on Arm with pages of 4 KiB.
    private static let size = 2 << 20

    /// `nil` where too much of the pages would stay unused, or when there is not enough memory.
    init?(byteCount: Int) {
        guard byteCount >= 2 * Self.size else { return nil }
        self.byteCount = (byteCount + Self.size - 1) / Self.size * Self.size
        // The system places the mapping at any small page, so there is some before and after.
        let mapped = self.byteCount + Self.size
        let address = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard let address, address != MAP_FAILED else { return nil }
        start = address.alignedUp(toMultipleOf: Self.size)
        let before = start - address
        if before > 0 { munmap(address, before) }
        if before < Self.size { munmap(start + self.byteCount, Self.size - before) }
        #if os(Linux)
            madvise(start, self.byteCount, MADV_HUGEPAGE)
        #endif
    }

    func unmap() {
        munmap(start, byteCount)
    }
}
