/// 32 hexadecimal digits that name a commit, its commit set and the jobs it causes: a version 4 UUID without dashes.
///
/// The id is global: one per action of a user, shared by all commits and jobs which that action causes.
public struct CommitID: Hashable, Sendable, Comparable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new random id (RFC 9562, version 4).
    public init(using generator: inout some RandomNumberGenerator) {
        high = generator.next() & ~0xf000 | 0x4000
        low = generator.next() & ~(0b11 << 62) | (0b10 << 62)
    }

    public static func random() -> CommitID {
        var generator = SystemRandomNumberGenerator()
        return CommitID(using: &generator)
    }

    /// Parses exactly 32 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text.utf8, count: 16) else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var description: String {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Hexadecimal.encode($0) }
    }

    public static func < (left: CommitID, right: CommitID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// What names a job together with its pipeline: the id of the commit set that it belongs to.
public typealias JobID = CommitID

/// The 20-byte SHA-1 name of a Git object.
public struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public static let byteCount = 20

    // Three words rather than an array: object ids are kept by the hundred thousand.
    private let a: UInt64
    private let b: UInt64
    private let c: UInt32

    /// - Parameter bytes: 20 bytes, big-endian as Git writes them.
    public init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == Self.byteCount, "an object id has 20 bytes")
        a = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        b = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        c = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    public init(_ bytes: some Collection<UInt8>) {
        self = Array(bytes).withUnsafeBytes { ObjectID($0) }
    }

    /// Parses exactly 40 lower-case hexadecimal digits.
    public init?(hex text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text.utf8, count: Self.byteCount) else { return nil }
        self.init(bytes)
    }

    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(Self.byteCount)
        append(to: &result)
        return result
    }

    public func append(to buffer: inout [UInt8]) {
        withUnsafeBytes(of: a.bigEndian) { buffer.append(contentsOf: $0) }
        withUnsafeBytes(of: b.bigEndian) { buffer.append(contentsOf: $0) }
        withUnsafeBytes(of: c.bigEndian) { buffer.append(contentsOf: $0) }
    }

    /// The first byte, by which tables of objects are fanned out.
    public var firstByte: UInt8 { UInt8(a >> 56) }

    /// The last 32 bits, a uniformly distributed number that depends on the content alone.
    public var lowWord: UInt32 { c }

    public var description: String {
        withUnsafeBytes(of: (a.bigEndian, b.bigEndian, c.bigEndian)) { Hexadecimal.encode($0) }
    }

    public static func < (left: ObjectID, right: ObjectID) -> Bool {
        (left.a, left.b, left.c) < (right.a, right.b, right.c)
    }
}

/// A SHA-256 digest: what datums are known by.
public struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    public static let byteCount = 32

    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a digest has 32 bytes")
        self.bytes = bytes
    }

    /// Parses exactly 64 lower-case hexadecimal digits.
    public init?(hex text: some StringProtocol) {
        guard let bytes = Hexadecimal.decode(text.utf8, count: Self.byteCount) else { return nil }
        self.init(bytes)
    }

    public var description: String { Hexadecimal.encode(bytes) }

    public static func < (left: Digest, right: Digest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

enum Hexadecimal {
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            var count = 0
            for byte in bytes {
                text[count] = digit(byte >> 4)
                text[count + 1] = digit(byte & 15)
                count += 2
            }
            return count
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }

    static func decode(_ text: some Sequence<UInt8>, count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var pending: UInt8?
        for character in text {
            let nibble: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let high = pending {
                bytes.append(high << 4 | nibble)
                pending = nil
            } else {
                guard bytes.count < count else { return nil }
                pending = nibble
            }
        }
        return pending == nil && bytes.count == count ? bytes : nil
    }
}
