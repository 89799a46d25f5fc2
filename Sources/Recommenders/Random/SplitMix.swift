/// A small generator that starts at once, for the many short sequences that belong to one seed and some numbers.
///
/// - Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SplitMix: RandomSource {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Makes what follows depend on a number too.
    mutating func stir(_ number: UInt64) {
        state = next() ^ number
    }

    /// The next 64 random bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func nextUnit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}
