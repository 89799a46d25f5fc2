/// A set of small numbers. The first 64 are kept in place, so that the sets of ordinary patterns need no memory of their own.
struct BitRow: Sendable, Hashable {
    private var low: UInt64 = 0
    /// The words above the first; the last of them is never zero, so equal sets have equal rows.
    private var high: [UInt64] = []

    init() {}

    init(_ members: some Sequence<Int>) {
        for member in members { insert(member) }
    }

    init(word: UInt64) {
        low = word
    }

    /// All of it, where it fits in a word.
    var onlyWord: UInt64? { high.isEmpty ? low : nil }

    var isEmpty: Bool { low == 0 && high.isEmpty }

    mutating func insert(_ member: Int) {
        let bit: UInt64 = 1 << (member % 64)
        guard member >= 64 else {
            low |= bit
            return
        }
        let word = member / 64 - 1
        if word >= high.count { high += repeatElement(0, count: word + 1 - high.count) }
        high[word] |= bit
    }

    mutating func formUnion(_ other: BitRow) {
        low |= other.low
        if !other.high.isEmpty { formUnion(high: other.high) }
    }

    private mutating func formUnion(high other: [UInt64]) {
        if high.isEmpty {
            high = other
            return
        }
        if other.count > high.count { high += repeatElement(0, count: other.count - high.count) }
        for word in other.indices { high[word] |= other[word] }
    }

    func union(_ other: BitRow) -> BitRow {
        var result = self
        result.formUnion(other)
        return result
    }

    func intersection(_ other: BitRow) -> BitRow {
        var result = BitRow()
        result.low = low & other.low
        if !high.isEmpty, !other.high.isEmpty {
            result.high = zip(high, other.high).map { $0 & $1 }
            while result.high.last == 0 { result.high.removeLast() }
        }
        return result
    }

    func isDisjoint(with other: BitRow) -> Bool {
        low & other.low == 0 && (high.isEmpty || other.high.isEmpty || zip(high, other.high).allSatisfy { $0 & $1 == 0 })
    }

    func isSubset(of other: BitRow) -> Bool { intersection(other) == self }

    /// The member, if there is just one.
    var onlyMember: Int? {
        guard low.nonzeroBitCount + high.reduce(0, { $0 + $1.nonzeroBitCount }) == 1 else { return nil }
        var result: Int?
        forEach { result = $0 }
        return result
    }

    /// In ascending order.
    func forEach(_ body: (Int) -> Void) {
        var bits = low
        while bits != 0 {
            body(bits.trailingZeroBitCount)
            bits &= bits - 1
        }
        for (index, word) in high.enumerated() {
            var bits = word
            while bits != 0 {
                body((index + 1) * 64 + bits.trailingZeroBitCount)
                bits &= bits - 1
            }
        }
    }
}
