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
        draws.removeAll(keepingCapacity: true)
        var squares: [Double] = []
        squares.reserveCapacity(batch)
        while squares.count < batch {
            let x = 2 * generator.nextUnit() - 1
            let y = 2 * generator.nextUnit() - 1
            let square = x * x + y * y
            guard square > 0, square < 1 else { continue }
            squares.append(square)
            draws.append(y)
            draws.append(x)
        }
        squares.withUnsafeMutableBufferPointer { squares in
            if let start = squares.baseAddress { Kernels.widest.polar_factors(start, squares.count) }
        }
        for position in draws.indices { draws[position] *= squares[position / 2] }
        waiting = draws.count
    }
}
