internal import CGNU

/// What becomes of memory that is freed.
public enum FreedMemory {
    private static let keptByteCountMax = 64 << 20
    private static let heapByteCountMax = 8 << 20

    /// Has the process keep up to 64 MiB of freed memory in each of its heaps for what it allocates next, and allocate blocks of up to 8 MiB there, as pieces of large
    /// files are. To get pages from the system anew takes nearly as long as to read a piece into them. See mallopt(3).
    public static func keep() {
        _ = mallopt(M_TRIM_THRESHOLD, Int32(keptByteCountMax))
        _ = mallopt(M_MMAP_THRESHOLD, Int32(heapByteCountMax))
    }
}
