#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many different texts there are, in 4 KiB however many they are; off by about 1.6 %.
///
/// - Source: Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog", 2007; small numbers by linear counting as there.
struct DistinctSketch: Hashable, Sendable {
    private static let bits = 12
    /// For each beginning of hashes, the longest run of zeros after it, plus one; 0 when there is none.
    private var registers = [UInt8](repeating: 0, count: 1 << bits)

    /// Takes in a text.
    mutating func insert(_ text: Span<UInt8>) {
        let hash = text.withUnsafeBytes { XXHash64.hash($0) }
        let register = Int(hash >> UInt64(64 - Self.bits))
        let rest = hash << UInt64(Self.bits) | 1 << UInt64(Self.bits - 1)
        registers[register] = max(registers[register], UInt8(rest.leadingZeroBitCount + 1))
    }

    /// Takes in what another sketch did.
    mutating func merge(_ other: DistinctSketch) {
        for register in registers.indices { registers[register] = max(registers[register], other.registers[register]) }
    }

    /// About how many different texts were taken in.
    var count: Double {
        let size = Double(registers.count)
        let empty = Double(registers.count { $0 == 0 })
        let estimate = 0.7213 / (1 + 1.079 / size) * size * size / registers.reduce(0) { $0 + 1 / Double(UInt64(1) << UInt64($1)) }
        return estimate <= 2.5 * size && empty > 0 ? size * log(size / empty) : estimate
    }
}

/// A text with a character for each register, `#` for 0 and so on: none that JSON would have to escape.
extension DistinctSketch: Codable {
    private static let zero = UInt8(ascii: "#")

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = Array(try container.decode(String.self).utf8)
        guard text.count == registers.count, text.allSatisfy({ $0 >= Self.zero && $0 <= Self.zero + UInt8(64 - Self.bits + 1) }) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "this is no sketch of distinct texts")
        }
        registers = text.map { $0 - Self.zero }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(decoding: registers.map { $0 + Self.zero }, as: UTF8.self))
    }
}
