internal import CGear

/// Finds where a file is cut: FastCDC (Xia et al., USENIX ATC 2016) with normalized chunking.
///
/// A cut depends on the 64 bytes before it and on the distance from the last cut, nothing else; so an insertion moves the
/// cuts around it, and those further on stay where they are in the content. The numbers are part of the format.
struct Chunker {
    static let sizeMin = 64 << 10
    static let sizeNormal = 256 << 10
    static let sizeMax = 1 << 20
    /// What random bytes are cut into on average: 64 KiB, from there to 256 KiB a cut at each byte with the probability 2^-20, then 2^-16.
    static let sizeMean = 299_100

    /// Below the normal size a cut needs 20 zero bits at the top of the hash, from there on 16. The top bits are those that all
    /// of the last 64 bytes have had a part in.
    static let smallShift: UInt64 = 64 - 20
    static let largeShift: UInt64 = 64 - 16

    /// The hash holds 64 bytes, since each byte shifts it by one bit. It starts this far before the first place for a cut.
    private static let window = Int(cgear_window)

    private static let gear = Gear()

    /// Whether the processor's widest instructions look for cuts.
    private let isFast: Bool
    /// How far into the chunk the next byte is.
    private var position = 0
    private var hash: UInt64 = 0

    init(isFast: Bool = cgear_is_supported()) {
        self.isFast = isFast && cgear_is_supported()
    }

    /// Continues the current chunk with `bytes`.
    /// - Returns: How many of them belong to it, where it ends among them; nil where it takes them all and goes on.
    mutating func cut(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var index = 0
        let skipped = Self.sizeMin - Self.window - position
        if skipped > 0 {
            guard bytes.count > skipped else {
                position += bytes.count
                return nil
            }
            index = skipped
        }
        // The index at which the chunk is `size` bytes long.
        let start = -position
        let end = bytes.count
        var hash = hash
        while index < min(end, start + Self.sizeMin - 1) {
            hash = (hash &<< 1) &+ Self.gear.words[Int(base.load(fromByteOffset: index, as: UInt8.self))]
            index &+= 1
        }
        if let found = scan(base, &index, min(end, start + Self.sizeNormal - 1), &hash, Self.smallShift)
            ?? scan(base, &index, min(end, start + Self.sizeMax - 1), &hash, Self.largeShift)
        {
            self = Chunker(isFast: isFast)
            return found
        }
        if index < end {
            // One byte short of the most that a chunk holds: the next one ends it, whatever it is.
            self = Chunker(isFast: isFast)
            return index + 1
        }
        position += bytes.count
        self.hash = hash
        return nil
    }

    /// Hashes up to `limit`, and stops behind the first byte that makes the top bits zero.
    @inline(__always)
    private func scan(_ base: UnsafeRawPointer, _ index: inout Int, _ limit: Int, _ hash: inout UInt64, _ shift: UInt64) -> Int? {
        var position = index
        var value = hash
        defer {
            index = position
            hash = value
        }
        let table = Self.gear.words
        let bound = 1 as UInt64 &<< shift
        if isFast, position < limit {
            let bytes = (base + position).assumingMemoryBound(to: UInt8.self)
            position += cgear_skip(Self.gear.table, bytes, limit - position, &value, bound)
        }
        // Four bytes at a time: what they add to the hash before them does not wait for it.
        while position &+ 3 < limit {
            let first = table[Int(base.load(fromByteOffset: position, as: UInt8.self))]
            let second = (first &<< 1) &+ table[Int(base.load(fromByteOffset: position &+ 1, as: UInt8.self))]
            let third = (second &<< 1) &+ table[Int(base.load(fromByteOffset: position &+ 2, as: UInt8.self))]
            let fourth = (third &<< 1) &+ table[Int(base.load(fromByteOffset: position &+ 3, as: UInt8.self))]
            if (value &<< 1) &+ first < bound { return position &+ 1 }
            if (value &<< 2) &+ second < bound { return position &+ 2 }
            if (value &<< 3) &+ third < bound { return position &+ 3 }
            value = (value &<< 4) &+ fourth
            position &+= 4
            if value < bound { return position }
        }
        while position < limit {
            value = (value &<< 1) &+ table[Int(base.load(fromByteOffset: position, as: UInt8.self))]
            position &+= 1
            if value < bound { return position }
        }
        return nil
    }
}

/// 256 random words, one for each byte value: the first 256 outputs of SplitMix64 from the seed 0x7061636863686e6b ("pachchnk").
private struct Gear: @unchecked Sendable {
    // Written once, before anyone reads it, and never freed: a global lives as long as the process.
    let table: UnsafePointer<cgear_table>

    init() {
        var words: [UInt64] = []
        var state: UInt64 = 0x7061_6368_6368_6e6b
        for _ in 0..<256 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            words.append(word ^ (word >> 31))
        }
        let table = UnsafeMutablePointer<cgear_table>.allocate(capacity: 1)
        cgear_make_table(table, words)
        self.table = UnsafePointer(table)
    }

    /// The table begins with them.
    var words: UnsafePointer<UInt64> { UnsafeRawPointer(table).assumingMemoryBound(to: UInt64.self) }
}
