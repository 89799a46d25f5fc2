/// A line of an event stream: `time,user,event`.
///
/// | Event | Meaning |
/// | --- | --- |
/// | `GET /rate/ITEM=N` | a rating |
/// | `GET /data/m/ITEM/N.mpg` | a minute watched |
/// | `recommendation request …`, `GET /create_account` | something of no use for training |
///
/// Times are UTC, `2019-09-06T05:10:52`, perhaps with a fraction of a second, or without seconds, which Java leaves out where they are 0. Users
/// are digits.
enum EventLine: Hashable {
    case rating(user: String, item: String, value: String, time: Int64)
    /// An event that says nothing about ratings.
    case other
    /// A line that begins like an event, and is none: why.
    case malformed(String)

    /// Reads a line; `nil` when it is not of an event stream: it neither begins with a date nor has an event in its third field.
    init?(_ line: String) {
        let fields = line.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(Self.trimmed)
        guard Self.beginsWithDate(fields[0]) || fields.count == 3 && (fields[2].hasPrefix("GET ") || fields[2].hasPrefix(Self.request))
        else { return nil }
        guard fields.count == 3 else {
            self = .malformed("number of fields: \(fields.count) of an event's 3")
            return
        }
        guard let time = Self.time(fields[0]) else {
            self = .malformed("not a time: '\(fields[0])'")
            return
        }
        guard !fields[1].isEmpty, fields[1].utf8.allSatisfy(Self.isDigit) else {
            self = .malformed("not a user: '\(fields[1])'")
            return
        }
        self = Self.event(fields[2], user: fields[1], time: time)
    }

    /// Whether a line, whose fields are known, is worth the look.
    static func mayBegin(_ line: Span<UInt8>, _ fields: Fields) -> Bool {
        guard fields.count > 0 else { return false }
        if line.count > 4, line[4] == UInt8(ascii: "-") { return true }
        guard fields.count > 2, let first = fields[2].first else { return false }
        return line[first] == UInt8(ascii: "G") || line[first] == UInt8(ascii: "r")
    }

    private static let request = "recommendation request "

    private static func event(_ text: String, user: String, time: Int64) -> EventLine {
        if text.hasPrefix(request) || text == "GET /create_account" { return .other }
        if let rest = text.dropping("GET /data/m/") {
            let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let minute = String(parts[1]).droppingLast(".mpg"), Int(minute) != nil else {
                return .malformed("not an item and a minute: '\(text)'")
            }
            return .other
        }
        guard let rest = text.dropping("GET /rate/") else { return .malformed("not an event: '\(text)'") }
        guard let equals = rest.lastIndex(of: "="), equals != rest.startIndex else {
            return .malformed("not an item and a rating: '\(text)'")
        }
        let (item, value) = (String(rest[..<equals]), String(rest[rest.index(after: equals)...]))
        guard DecimalNumber.parse(value.utf8.span) != nil else { return .malformed("not a rating: '\(value)'") }
        guard !item.contains(where: { $0.isWhitespace }) else { return .malformed("not an item: '\(item)'") }
        return .rating(user: user, item: item, value: value, time: time)
    }

    /// Seconds since 1970 of a time as above; `nil` when it is none.
    static func time(_ text: String) -> Int64? {
        let bytes = Array((text.utf8.count == 16 ? text + ":00" : text).utf8)
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            bytes.count == 19 || bytes.count > 20 && bytes[19] == UInt8(ascii: ".") && bytes[20...].allSatisfy(isDigit)
        else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            guard bytes[range].allSatisfy(isDigit) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), year > 0, (1...12).contains(month), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day >= 1, day <= lengths[Int(month) - 1] else { return nil }
        let before = year - 1
        // Year 1 begins 719,162 days before 1970.
        let days =
            before * 365 + before / 4 - before / 100 + before / 400 - 719_162 + lengths[..<(Int(month) - 1)].reduce(0, +) + day - 1
        return ((days * 24 + hour) * 60 + minute) * 60 + second
    }

    private static func beginsWithDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(10))
        return bytes.count == 10
            && bytes.indices.allSatisfy { $0 == 4 || $0 == 7 ? bytes[$0] == UInt8(ascii: "-") : isDigit(bytes[$0]) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension String {
    fileprivate func dropping(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
    fileprivate func droppingLast(_ suffix: String) -> Substring? { hasSuffix(suffix) ? dropLast(suffix.count) : nil }
}
