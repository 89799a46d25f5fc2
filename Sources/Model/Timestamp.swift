internal import Glibc

/// A point in time, to the microsecond, in UTC.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time); within the years 0 to 9999, which RFC 3339 can write.
    public let microseconds: Int64

    /// A number beyond the years that can be written, which only damage makes, is the nearest that can be.
    public init(microseconds: Int64) {
        self.microseconds = min(max(microseconds, Self.limits.lowerBound), Self.limits.upperBound)
    }

    private static let limits: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999

    /// The time on the machine's clock (clock_gettime(2), CLOCK_REALTIME).
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var seconds: Int64 {
        microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The time from `earlier` until this one.
    public func since(_ earlier: Timestamp) -> Duration {
        .microseconds(microseconds - earlier.microseconds)
    }

    /// RFC 3339 in UTC with six digits of fraction: `2026-11-21T05:30:00.000000Z`.
    public var description: String {
        let days = Self.floorDivide(seconds, 86_400)
        let secondOfDay = Int(seconds - days * 86_400)
        let (year, month, day) = Self.civil(fromDays: days)
        let fraction = Int(microseconds - seconds * 1_000_000)
        var text = ""
        text.reserveCapacity(27)
        func append(_ value: Int, _ width: Int, _ end: Character) {
            let digits = String(value)
            for _ in digits.utf8.count..<max(width, digits.utf8.count) { text.append("0") }
            text += digits
            text.append(end)
        }
        append(year, 4, "-")
        append(month, 2, "-")
        append(day, 2, "T")
        append(secondOfDay / 3600, 2, ":")
        append(secondOfDay / 60 % 60, 2, ":")
        append(secondOfDay % 60, 2, ".")
        append(fraction, 6, "Z")
        return text
    }

    /// Parses RFC 3339 with `Z` or an offset, and up to six digits of fraction (more are cut).
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        var index = 0
        func number(_ digits: Int) -> Int? {
            guard index + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[index..<index + digits] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            index += digits
            return value
        }
        func literal(_ accepted: String) -> Bool {
            guard index < bytes.count, accepted.utf8.contains(bytes[index]) else { return false }
            index += 1
            return true
        }
        guard let year = number(4), literal("-"), let month = number(2), (1...12).contains(month), literal("-"), let day = number(2),
            (1...31).contains(day), literal("Tt "), let hour = number(2), hour < 24, literal(":"), let minute = number(2), minute < 60,
            literal(":"), let second = number(2), second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if literal(".") {
            var scale: Int64 = 100_000
            guard index < bytes.count, number(1) != nil else { return nil }
            index -= 1
            while let digit = number(1) {
                fraction += Int64(digit) * scale
                scale /= 10
            }
        }
        var offsetMinutes = 0
        if !literal("Zz") {
            guard index < bytes.count else { return nil }
            let sign = bytes[index] == UInt8(ascii: "-") ? -1 : 1
            guard literal("+-"), let hours = number(2), literal(":"), let minutes = number(2) else { return nil }
            offsetMinutes = sign * (hours * 60 + minutes)
        }
        guard index == bytes.count else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        let total = days * 86_400 + Int64(hour * 3600 + (minute - offsetMinutes) * 60 + second)
        self.init(microseconds: total * 1_000_000 + fraction)
    }

    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil and civil_from_days.
    private static func days(fromCivil year: Int, _ month: Int, _ day: Int) -> Int64 {
        let y = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = floorDivide(z, 146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(dayOfYear - (153 * mp + 2) / 5 + 1))
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(quoted(text)) is not an RFC 3339 time")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
