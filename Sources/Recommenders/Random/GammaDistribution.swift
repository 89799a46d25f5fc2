/// Draws from gamma distributions, with the same bits on every machine.
///
/// - Source: Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000.
struct GammaDistribution {
    private var normal = NormalDistribution()

    /// A draw of the distribution with a shape, at least 1, and a rate, positive; its mean is shape / rate.
    mutating func next(shape: Double, rate: Double, using generator: inout some RandomSource) -> Double {
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal.next(using: &generator)
            let root = 1 + c * x
            // A unit of 0 has no logarithm.
            let unit = 1 - generator.nextUnit()
            guard root > 0 else { continue }
            let v = root * root * root
            if Kernels.logarithm(unit) < 0.5 * x * x + d - d * v + d * Kernels.logarithm(v) { return d * v / rate }
        }
    }
}
