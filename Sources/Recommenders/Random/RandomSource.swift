/// Where random bits come from, for distributions that are drawn from them.
protocol RandomSource {
    /// A number in `0..<1`, a multiple of 2⁻⁵³.
    mutating func nextUnit() -> Double
}

extension MersenneTwister: RandomSource {}
