internal import CKernels

/// The inner loops, for one of the instruction sets that this machine can run. All give the same bits.
///
/// Sendable although it holds a pointer: that leads to a constant of the program, which nobody changes.
struct Kernels: @unchecked Sendable {
    private let table: UnsafePointer<ck_kernels>

    /// All that this machine can run, by width of registers; at least one.
    static let available: [Kernels] = {
        var found: [Kernels] = []
        while let table = ck_available(found.count) { found.append(Kernels(table: table)) }
        return found
    }()

    /// Those with the widest registers.
    static let widest = available[available.count - 1]

    /// What the instruction set is called.
    var name: String { String(cString: table.pointee.name) }

    /// One pass of gradient descent over all ratings; see `CKernels.h`.
    func epoch(_ model: ck_factorisation, _ ratings: ck_ratings, _ learningRate: Float, _ regularization: Float) {
        table.pointee.sgd_epoch(model, ratings, learningRate, regularization)
    }

    /// The inner product of two rows of equal length, a multiple of the kernels' block.
    func dot(_ a: Span<Float>, _ b: Span<Float>) -> Float {
        precondition(a.count == b.count && a.count % Int(ck_lanes) == 0, "rows are of equal length, in whole blocks")
        return a.withUnsafeBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
                return table.pointee.dot(first, second, a.count)
            }
        }
    }
}
