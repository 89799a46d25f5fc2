internal import CKernels

/// Floats at an address that suits the kernels' vectors; zero at first. An array's are aligned less.
struct AlignedFloats: ~Copyable {
    /// The first float. Valid as long as this value lives.
    let start: UnsafeMutablePointer<Float>
    /// How many there are.
    let count: Int

    /// - Parameter count: At least 0.
    init(count: Int) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: Int(ck_alignment))
        start = memory.initializeMemory(as: Float.self, repeating: 0, count: count)
        self.count = count
    }

    deinit {
        start.deallocate()
    }

    /// A copy of the floats.
    var array: [Float] {
        Array(UnsafeBufferPointer(start: start, count: count))
    }
}
