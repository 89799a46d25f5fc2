/// SplitMix64: the same numbers for the same seed, everywhere.
struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// The n-th of many numbers that differ for each seed.
    static func word(_ seed: UInt64, _ n: Int) -> UInt64 {
        var random = SplitMix(seed: seed &+ UInt64(n) &* 0x2545_f491_4f6c_dd1d)
        return random.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
