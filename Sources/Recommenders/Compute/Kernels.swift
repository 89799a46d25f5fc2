internal import CKernels

/// The inner loops, for one of the instruction sets that this machine can run. All give the same bits.
///
/// Sendable although it holds a pointer: that leads to a constant of the program, which nobody changes.
@dynamicMemberLookup
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

    /// A loop of the table; see `CKernels.h`.
    subscript<Loop>(dynamicMember path: KeyPath<ck_kernels, Loop>) -> Loop { table.pointee[keyPath: path] }

    /// The natural logarithm of a positive, finite number, with the same bits on every machine.
    static func logarithm(_ number: Double) -> Double { widest.natural_logarithm(number) }

    /// Floats from one row of factors to the next: their number, rounded up to whole blocks.
    static func stride(of factors: Int) -> Int {
        let lanes = Int(ck_lanes)
        return (factors + lanes - 1) / lanes * lanes
    }
}
