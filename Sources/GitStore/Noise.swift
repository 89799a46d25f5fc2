/// Tells bytes that no compression can shorten from others, in less time than it takes to compress them.
enum Noise {
    /// The sum of the squares of how often each byte occurs may be this much above what is expected of noise, which deviates
    /// by 0.3 % in 8 KiB.
    private static let squaresShareMax = 1.05
    private static let slotBitCount = 12

    /// Whether all byte values are about as frequent, and hardly any four bytes come twice. Not of samples of less than some thousand bytes.
    static func isEvident(in sample: [UInt8]) -> Bool {
        var counts = [Int](repeating: 0, count: 256)
        // The last four bytes with each hash.
        var seen = [UInt32](repeating: 0, count: 1 << slotBitCount)
        var repetitionCount = 0
        var word: UInt32 = 0
        for byte in sample {
            counts[Int(byte)] += 1
            word = word << 8 | UInt32(byte)
            let slot = Int((word &* 0x9e37_79b1) >> UInt32(32 - slotBitCount))
            if seen[slot] == word { repetitionCount += 1 }
            seen[slot] = word
        }
        let squares = counts.reduce(0) { $0 + $1 * $1 }
        let evenSquares = Double(sample.count) * (Double(sample.count) / 256 + 1)
        return Double(squares) <= squaresShareMax * evenSquares && repetitionCount * 1000 < sample.count
    }
}
