#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Some of the different texts that there are: all while they are few, and else those whose hashes end with as many zeros as leaves room
/// for them.
///
/// Which ones these are does not depend on what else there is, so samples tell what share of some texts is among others, however many more
/// those are.
///
/// - Source: Flajolet, "On Adaptive Sampling", 1990.
struct ValueSample: Hashable, Sendable {
    /// The most texts in it.
    private static let capacity = 1 << 16
    /// The fewest that a share is told of, where they are not all: it is then off by 5 % of all, one standard deviation, at most.
    private static let shareCountMin = 100

    /// Zeros that the hashes of its texts end with.
    private var depth = 0
    private var hashes: Set<UInt64> = []

    /// Takes in a text.
    mutating func insert(_ text: Span<UInt8>) {
        let hash = text.withUnsafeBytes { XXHash64.hash($0) }
        guard hash.trailingZeroBitCount >= depth else { return }
        hashes.insert(hash)
        while hashes.count > Self.capacity {
            depth += 1
            hashes = hashes.filter { $0.trailingZeroBitCount >= depth }
        }
    }

    /// About how many different texts were taken in, off by about 0.5 %; up to as many as there is room for exactly.
    var count: Double { Double(hashes.count) * Double(sign: .plus, exponent: depth, significand: 1) }

    /// The share of the texts taken in that others do not have; nil where too few can be compared.
    func shareMissing(in others: ValueSample) -> Double? {
        let chosen = hashes.filter { $0.trailingZeroBitCount >= others.depth }
        guard others.depth == 0 || chosen.count >= Self.shareCountMin else { return nil }
        return Double(chosen.subtracting(others.hashes).count) / Double(max(chosen.count, 1))
    }
}

/// Its depth, and its hashes in ascending order, eight bytes each, the least significant first, in base 64.
extension ValueSample: Codable {
    private enum CodingKeys: String, CodingKey {
        case depth, hashes
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        depth = try container.decode(Int.self, forKey: .depth)
        let bytes = Array(try container.decode(Data.self, forKey: .hashes))
        let size = MemoryLayout<UInt64>.size
        guard (0...UInt64.bitWidth).contains(depth), bytes.count.isMultiple(of: size), bytes.count <= Self.capacity * size else {
            throw DecodingError.dataCorruptedError(forKey: .hashes, in: container, debugDescription: "this is no sample of values")
        }
        for start in stride(from: 0, to: bytes.count, by: size) {
            hashes.insert(bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(depth, forKey: .depth)
        let bytes = hashes.sorted().flatMap { hash in withUnsafeBytes(of: hash.littleEndian) { Array($0) } }
        try container.encode(Data(bytes), forKey: .hashes)
    }
}
