import Model

/// A header block, checked and taken apart.
struct TarHeader {
    enum Kind: Equatable {
        case file
        case folder
        /// A pax header for the next entry.
        case extended
        /// A pax header for all entries that follow.
        case global
        /// GNU: the name of the next entry.
        case longName
        /// GNU: the target of the next entry, which is a link.
        case longLinkTarget
        /// Something that a commit cannot hold.
        case refused(String)
    }

    var kind: Kind
    /// Name and prefix joined; an extended header may replace it.
    var path: [UInt8]
    var sizeBytes: Int64
    var isExecutable: Bool

    /// - Returns: nil for an empty block.
    /// - Throws: `invalidArgument` for a wrong checksum or field.
    init?(_ block: [UInt8]) throws(PachError) {
        guard block.contains(where: { $0 != 0 }) else { return nil }
        guard try Self.number(block[TarFormat.checksum]) == Int64(TarFormat.checksum(of: block)) else {
            throw Self.malformed("a header's checksum is wrong")
        }
        let name = Self.text(block[TarFormat.name])
        // Only POSIX headers have a prefix; GNU's own format keeps times there.
        let isPosix = block[TarFormat.magic].elementsEqual("ustar\0".utf8)
        let prefix = isPosix ? Self.text(block[TarFormat.prefix]) : []
        path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
        sizeBytes = try Self.number(block[TarFormat.size])
        guard sizeBytes >= 0 else { throw Self.malformed("a size is negative") }
        isExecutable = try Self.number(block[TarFormat.mode]) & 0o100 != 0
        switch block[TarFormat.type] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = .file
        case UInt8(ascii: "5"): kind = .folder
        case UInt8(ascii: "x"): kind = .extended
        case UInt8(ascii: "g"): kind = .global
        case UInt8(ascii: "L"): kind = .longName
        case UInt8(ascii: "K"): kind = .longLinkTarget
        case UInt8(ascii: "1"): kind = .refused("a hard link")
        case UInt8(ascii: "2"): kind = .refused("a symbolic link")
        case UInt8(ascii: "3"), UInt8(ascii: "4"): kind = .refused("a device")
        case UInt8(ascii: "6"): kind = .refused("a named pipe")
        case UInt8(ascii: "S"): kind = .refused("a sparse file")
        case UInt8(ascii: "M"): kind = .refused("a part of a multi-volume archive")
        default: kind = .refused("of an unknown kind")
        }
    }

    static func malformed(_ cause: String) -> PachError {
        PachError(.invalidArgument, "the archive is not a valid tar file", cause: cause)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// Octal digits between optional spaces, or GNU's big-endian binary, which sets the first bit.
    private static func number(_ field: ArraySlice<UInt8>) throws(PachError) -> Int64 {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80, field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else {
                throw malformed("a number is out of range")
            }
            return field.suffix(7).reduce(0) { $0 << 8 | Int64($1) }
        }
        var digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        var value: Int64 = 0
        while let digit = digits.popFirst() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { throw malformed("a number is not octal") }
            value = value << 3 | Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}

/// What pax records say about the next entry.
struct PaxRecords {
    var path: [UInt8]?
    var sizeBytes: Int64?
    var isContinued = false

    init() {}

    /// - Throws: `invalidArgument` for malformed records and for sparse files.
    init(_ bytes: [UInt8]) throws(PachError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count <= 8, let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1,
                length <= rest.count
            else { throw TarHeader.malformed("an extended header's record has a wrong length") }
            let record = rest.prefix(length).dropFirst(digits.count + 1)
            rest = rest.dropFirst(length)
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                throw TarHeader.malformed("an extended header's record is malformed")
            }
            try take(String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...].dropLast()))
        }
    }

    private mutating func take(_ keyword: String, _ value: [UInt8]) throws(PachError) {
        switch keyword {
        // An empty value takes an earlier one back.
        case "path": path = value.isEmpty ? nil : value
        case "size":
            guard let size = Int64(String(decoding: value, as: UTF8.self)), size >= 0 else {
                throw TarHeader.malformed("an extended header's size is not a number")
            }
            sizeBytes = size
        case TarFormat.continuedKeyword: isContinued = true
        case _ where keyword.hasPrefix("GNU.sparse."):
            throw PachError(
                .notSupported, "the archive holds a sparse file", hint: "Make the archive without --sparse.")
        // Times, owners and attributes, which commits do not keep.
        default: break
        }
    }
}
