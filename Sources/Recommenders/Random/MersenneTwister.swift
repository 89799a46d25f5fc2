/// The generator of all random numbers in training: MT19937.
///
/// There are faster ones with less state. This one is what NumPy, and so Surprise, starts from a seed, so that equal seeds
/// give the numbers that Surprise gives. They are the same on every machine; models depend on that.
///
/// - Source: Matsumoto and Nishimura, "Mersenne Twister", 1998, and their `mt19937ar.c`.
struct MersenneTwister {
    private static let size = 624
    private static let shift = 397

    private var state: [UInt32]
    /// What the state gives, tempered: the next numbers, from `position` on.
    private var output = [UInt32](repeating: 0, count: MersenneTwister.size)
    private var position = MersenneTwister.size

    /// Starts as NumPy's `RandomState(seed)` does; a seed of more than 32 bits, which that refuses, as `RandomState([low half, high
    /// half])`.
    init(seed: UInt64) {
        let low = UInt32(truncatingIfNeeded: seed)
        let high = UInt32(truncatingIfNeeded: seed >> 32)
        if high == 0 {
            self.init(word: low)
        } else {
            self.init(key: [low, high])
        }
    }

    /// `init_genrand` of the source.
    init(word: UInt32) {
        state = [word]
        state.reserveCapacity(Self.size)
        for index in 1..<Self.size {
            let last = state[index - 1]
            state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
        }
    }

    /// `init_by_array` of the source.
    ///
    /// - Parameter key: 1 to 624 words.
    init(key: [UInt32]) {
        self.init(word: 19_650_218)
        var i = 1
        var j = 0
        for _ in 0..<Self.size {
            mix(at: &i, multiplier: 1_664_525, addend: key[j] &+ UInt32(j))
            j = (j + 1) % key.count
        }
        for _ in 1..<Self.size {
            mix(at: &i, multiplier: 1_566_083_941, addend: 0 &- UInt32(i))
        }
        state[0] = 0x8000_0000
    }

    private mutating func mix(at index: inout Int, multiplier: UInt32, addend: UInt32) {
        let last = state[index - 1]
        state[index] = (state[index] ^ ((last ^ (last >> 30)) &* multiplier)) &+ addend
        index += 1
        if index == Self.size {
            state[0] = state[Self.size - 1]
            index = 1
        }
    }

    /// The next 32 random bits.
    mutating func next() -> UInt32 {
        if position == Self.size { twist() }
        defer { position += 1 }
        return output[position]
    }

    /// A number in `0..<1`, a multiple of 2⁻⁵³.
    mutating func nextUnit() -> Double {
        let high = next() >> 5
        let low = next() >> 6
        return (Double(high) * 0x1p26 + Double(low)) * 0x1p-53
    }

    /// A number in `0..<limit`, drawn as NumPy's `RandomState.randint` draws it: bits that are beyond the limit are thrown away.
    ///
    /// - Parameter limit: At least 1, at most 2³².
    mutating func next(below limit: Int) -> Int {
        let largest = UInt32(limit - 1)
        if largest == 0 { return 0 }
        let mask = UInt32.max >> UInt32(largest.leadingZeroBitCount)
        while true {
            let bits = next() & mask
            if bits <= largest { return Int(bits) }
        }
    }

    private mutating func twist() {
        state.withUnsafeMutableBufferPointer { state in
            // Three stretches, so that no index has to be taken modulo the size.
            for index in 0..<Self.size - Self.shift { Self.twist(state, index, index + 1, index + Self.shift) }
            for index in Self.size - Self.shift..<Self.size - 1 { Self.twist(state, index, index + 1, index + Self.shift - Self.size) }
            Self.twist(state, Self.size - 1, 0, Self.shift - 1)
            output.withUnsafeMutableBufferPointer { output in
                for index in 0..<Self.size { output[index] = Self.temper(state[index]) }
            }
        }
        position = 0
    }

    private static func temper(_ word: UInt32) -> UInt32 {
        var bits = word
        bits ^= bits >> 11
        bits ^= (bits << 7) & 0x9D2C_5680
        bits ^= (bits << 15) & 0xEFC6_0000
        return bits ^ (bits >> 18)
    }

    private static func twist(_ state: UnsafeMutableBufferPointer<UInt32>, _ index: Int, _ next: Int, _ ahead: Int) {
        let bits = (state[index] & 0x8000_0000) | (state[next] & 0x7FFF_FFFF)
        state[index] = state[ahead] ^ (bits >> 1) ^ ((bits & 1) &* 0x9908_B0DF)
    }
}
