internal import CKernels

/// Draws from the standard normal distribution, by Marsaglia's polar method.
///
/// It uses nothing but additions, multiplications, divisions and square roots, which IEEE 754 rounds in one way only, so draws are
/// the same on every machine. A C library's logarithm is not. Draws come in the order of NumPy's `RandomState.normal`, and agree with
/// them to a few units in the last place.
///
/// - Source: Marsaglia and Bray, "A Convenient Method for Generating Normal Variables", 1964; NumPy's `legacy_gauss`.
struct NormalDistribution {
    /// Draws that wait to be handed out: the last `waiting` ones of `draws`.
    private var draws: [Double] = []
    private var waiting = 0
    /// How many pairs of draws are made at once, since the logarithm is cheaper for many.
    private let batch: Int

    /// - Parameter batch: How many pairs of draws are made at once, at least 1. The generator is so many pairs ahead.
    init(batch: Int = 1) {
        self.batch = batch
    }

    /// The next draw; mean 0, variance 1.
    mutating func next(using generator: inout some RandomSource) -> Double {
        if waiting == 0 { refill(using: &generator) }
        waiting -= 1
        return draws[draws.count - 1 - waiting]
    }

    private mutating func refill(using generator: inout some RandomSource) {
        draws = [Double](unsafeUninitializedCapacity: 2 * batch) { draws, count in
            count = 2 * batch
            withUnsafeTemporaryAllocation(of: Double.self, capacity: batch) { squares in
                var found = 0
                // A pair that is thrown away is written over by the next, since to branch on chance is slow.
                while found < batch {
                    let x = 2 * generator.nextUnit() - 1
                    let y = 2 * generator.nextUnit() - 1
                    let square = x * x + y * y
                    squares[found] = square
                    draws[2 * found] = y
                    draws[2 * found + 1] = x
                    found += square > 0 && square < 1 ? 1 : 0
                }
                if let start = squares.baseAddress { Kernels.widest.polar_factors(start, batch) }
                for position in 0..<2 * batch { draws[position] *= squares[position / 2] }
            }
        }
        waiting = draws.count
    }
}
