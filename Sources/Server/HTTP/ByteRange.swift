import Model

/// What a `Range` header asks for (RFC 9110, section 14): one range of bytes.
enum ByteRange: Equatable {
    /// From the first position on, up to and including the last.
    case from(Int64, through: Int64?)
    /// The last so many bytes.
    case last(Int64)

    /// - Returns: nil for what may be ignored, in which case the whole file is sent: other units, several ranges, malformed ones.
    init?(_ header: String) {
        guard header.lowercased().hasPrefix("bytes=") else { return nil }
        let text = header.dropFirst("bytes=".count).filter { $0 != " " }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        // A number too large for any file is as good as the largest one.
        func number(_ digits: String.SubSequence) -> Int64? { digits.isEmpty ? nil : Int64(digits) ?? .max }
        switch (number(parts[0]), number(parts[1])) {
        case (let first?, let last?) where first <= last: self = .from(first, through: last)
        case (let first?, nil): self = .from(first, through: nil)
        case (nil, let count?): self = .last(count)
        default: return nil
        }
    }

    /// The bytes of a file of `size`; nil where it has none of them.
    func bytes(of size: Int64) -> Range<Int64>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<(last.map { min($0, size - 1) + 1 } ?? size)
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }
}
