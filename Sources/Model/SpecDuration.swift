/// A span of time in a spec, to the nanosecond: `10s`, `1h30m`, `1.5h`.
public struct SpecDuration: Hashable, Sendable, Comparable, CodableText {
    /// The span; not negative.
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The span as Swift counts time.
    public var duration: Duration { .nanoseconds(nanoseconds) }

    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
        ("us", 1000), ("µs", 1000), ("μs", 1000), ("ns", 1),
    ]

    /// Parses numbers with units, one after another (Go's `time.ParseDuration`, without a sign).
    /// - Throws: `invalidArgument` where a number or its unit is missing, or beyond some 292 years.
    public init(parsing text: String) throws(PachError) {
        let invalid = PachError(
            .invalidArgument, "\(quoted(text)) is not a duration", hint: "Write numbers with the units h, m, s, ms, us or ns: 10s, 1h30m.")
        var total: Int64 = 0
        var rest = Substring(text).unicodeScalars
        guard !rest.isEmpty else { throw invalid }
        while !rest.isEmpty {
            let whole = rest.prefix(while: Self.isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction = Substring().unicodeScalars
            if rest.first == "." {
                fraction = rest.dropFirst().prefix(while: Self.isDigit)
                rest = rest.dropFirst(1 + fraction.count)
            }
            let name = rest.prefix { !Self.isDigit($0) && $0 != "." }
            rest = rest.dropFirst(name.count)
            guard !(whole.isEmpty && fraction.isEmpty), let unit = Self.units.first(where: { $0.name.unicodeScalars.elementsEqual(name) }),
                let part = Self.scaled(whole: whole, fraction: fraction, unit: unit.nanoseconds)
            else { throw invalid }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw invalid }
            total = sum
        }
        nanoseconds = total
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// What lies below a nanosecond is dropped, as Go does.
    private static func scaled(whole: Substring.UnicodeScalarView, fraction: Substring.UnicodeScalarView, unit: Int64) -> Int64? {
        guard let count = whole.isEmpty ? 0 : Int64(String(whole)) else { return nil }
        let (total, overflow) = count.multipliedReportingOverflow(by: unit)
        var numerator: Int64 = 0
        var denominator: Int64 = 1
        // 15 digits of the largest unit, 3.6e12 ns, are already below a nanosecond.
        for digit in fraction.prefix(15) {
            numerator = numerator * 10 + Int64(digit.value - 0x30)
            denominator *= 10
        }
        // The quotient is below `unit`, since numerator < denominator.
        let part = denominator.dividingFullWidth(unit.multipliedFullWidth(by: numerator)).quotient
        let (sum, carry) = total.addingReportingOverflow(part)
        return overflow || carry ? nil : sum
    }

    /// Seconds with none, 3, 6 or 9 digits of fraction, as Protocol Buffers write a duration in JSON: `5400s`, `1.500s`.
    public var description: String {
        let (seconds, nanos) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        guard nanos != 0 else { return "\(seconds)s" }
        var digits = String(nanos + 1_000_000_000).dropFirst()
        while digits.hasSuffix("000") { digits = digits.dropLast(3) }
        return "\(seconds).\(digits)s"
    }

    public static func < (left: SpecDuration, right: SpecDuration) -> Bool { left.nanoseconds < right.nanoseconds }
}
