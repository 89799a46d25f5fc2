/// The automaton of a pattern with at most 64 positions, run over ASCII names: what nearly all patterns and names are.
///
/// It walks single words, so that a listing of 100,000 names is matched in a few milliseconds.
struct NarrowAutomaton: Sendable {
    private let followers: [UInt64]
    private let takers: [UInt64]

    /// - Returns: nil where some row has more than one word.
    init?(followers: [BitRow], takers: [BitRow]) {
        guard followers.count <= 64 else { return nil }
        self.followers = followers.compactMap(\.onlyWord)
        self.takers = takers.compactMap(\.onlyWord)
    }

    /// The positions after `/` and `component` were read from `row`; nil where the component is not ASCII.
    func advance(_ row: UInt64, by component: UnsafeBufferPointer<UInt8>) -> UInt64? {
        var row = reached(from: row) & takers[Int(UInt8(ascii: "/"))]
        var reached = reached(from: row)
        for byte in component {
            guard byte < 0x80 else { return nil }
            let next = reached & takers[Int(byte)]
            guard next != 0 else { return 0 }
            // Most characters stand for a star, which stays where it is.
            if next != row { reached = self.reached(from: next) }
            row = next
        }
        return row
    }

    private func reached(from row: UInt64) -> UInt64 {
        var result: UInt64 = 0
        var bits = row
        while bits != 0 {
            result |= followers[bits.trailingZeroBitCount]
            bits &= bits - 1
        }
        return result
    }
}
