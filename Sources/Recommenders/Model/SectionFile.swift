/// A file of named sections: what a model file looks like from outside. All numbers are little-endian.
///
/// | Offset | Type | Meaning |
/// | --- | --- | --- |
/// | 0 | 8 bytes | `PACHRECM` |
/// | 8 | u32 | version of the format: 1 |
/// | 12 | u32 | kind of content: 1, a model of `SVD` |
/// | 16 | u64 | length of the file |
/// | 24 | u64 | checksum of bytes 32 up to the end of the table |
/// | 32 | u64 | how many sections there are, at most 64 |
/// | 40 | 32 bytes each | the table: name (8 bytes, ASCII, filled up with NUL), offset (u64), length (u64), checksum (u64) |
///
/// Sections stand in the order of the table, the first at the first multiple of 64 after it, each next one at the first multiple of
/// 64 after the one before, so that they can be used where they are when the file is mapped into memory. What lies between is zero.
/// The file ends with the last section. Checksums are XXH64 with seed 0.
///
/// A reader trusts nothing: every byte of the file is either compared with what it must be or covered by a checksum, and every
/// offset and length is checked before it is used.
struct SectionFile {
    static let magic = Array("PACHRECM".utf8)
    static let version: UInt32 = 1
    static let alignment = 64
    static let sectionLimit = 64
    private static let headerSize = 40
    private static let entrySize = 32

    /// What the file holds.
    let kind: UInt32
    private let bytes: [UInt8]
    private var sections: [String: Range<Int>] = [:]

    /// Lays out a file.
    ///
    /// - Parameter sections: Names, at most eight ASCII bytes and no two the same, and contents; at most `sectionLimit`.
    static func encode(kind: UInt32, _ sections: [(name: String, content: [UInt8])]) -> [UInt8] {
        precondition(sections.count <= sectionLimit, "the table of sections is bounded")
        var end = headerSize + sections.count * entrySize
        var table = LittleEndian.bytes(UInt64(sections.count))
        var offsets: [Int] = []
        for (name, content) in sections {
            precondition(name.utf8.count <= 8, "a section's name has eight bytes")
            let offset = roundUp(end)
            offsets.append(offset)
            end = offset + content.count
            table += Array(name.utf8) + [UInt8](repeating: 0, count: 8 - name.utf8.count)
            table += LittleEndian.bytes(UInt64(offset)) + LittleEndian.bytes(UInt64(content.count))
            table += LittleEndian.bytes(content.withUnsafeBytes(XXHash64.hash))
        }
        var bytes = magic + LittleEndian.bytes(version) + LittleEndian.bytes(kind) + LittleEndian.bytes(UInt64(end))
        bytes += LittleEndian.bytes(table.withUnsafeBytes(XXHash64.hash)) + table
        bytes.reserveCapacity(end)
        for (offset, section) in zip(offsets, sections) {
            bytes += repeatElement(0, count: offset - bytes.count)
            bytes += section.content
        }
        return bytes
    }

    /// Checks a file and finds its sections.
    ///
    /// - Throws: `.corruptModel` when the bytes are not such a file, `.unsupportedModel` when they are one of another version.
    init(_ bytes: [UInt8]) throws(RecommenderError) {
        guard bytes.count >= Self.headerSize, bytes.starts(with: Self.magic) else { throw .corruptModel("it is not a model file") }
        let version = LittleEndian.numbers(bytes[8..<12], as: UInt32.self)[0]
        guard version == Self.version else {
            throw RecommenderError(
                .unsupportedModel, "The model is of format version \(version), and this program reads version \(Self.version)",
                hint: "Train the model again with this version, or use the program that wrote it.")
        }
        kind = LittleEndian.numbers(bytes[12..<16], as: UInt32.self)[0]
        let header = LittleEndian.numbers(bytes[16..<40], as: UInt64.self)
        guard header[0] == UInt64(bytes.count) else {
            throw .corruptModel("it has \(bytes.count) bytes, and should have \(header[0])")
        }
        guard header[2] <= UInt64(Self.sectionLimit) else { throw .corruptModel("its table of sections is too long") }
        let tableEnd = Self.headerSize + Int(header[2]) * Self.entrySize
        guard tableEnd <= bytes.count else { throw .corruptModel("its table of sections is cut off") }
        guard bytes[32..<tableEnd].withUnsafeBytes(XXHash64.hash) == header[1] else {
            throw .corruptModel("its table of sections does not match its checksum")
        }
        self.bytes = bytes
        try readTable(bytes[Self.headerSize..<tableEnd])
    }

    private mutating func readTable(_ table: ArraySlice<UInt8>) throws(RecommenderError) {
        var end = table.endIndex
        for start in stride(from: table.startIndex, to: table.endIndex, by: Self.entrySize) {
            let name = String(decoding: bytes[start..<start + 8].prefix { $0 != 0 }, as: UTF8.self)
            let entry = LittleEndian.numbers(bytes[start + 8..<start + Self.entrySize], as: UInt64.self)
            let offset = Self.roundUp(end)
            guard entry[0] == UInt64(offset), offset <= bytes.count, entry[1] <= UInt64(bytes.count - offset) else {
                throw .corruptModel("its section '\(name)' is not where it must be")
            }
            guard bytes[end..<offset].allSatisfy({ $0 == 0 }) else { throw .corruptModel("there is something between its sections") }
            end = offset + Int(entry[1])
            guard bytes[offset..<end].withUnsafeBytes(XXHash64.hash) == entry[2] else {
                throw .corruptModel("its section '\(name)' does not match its checksum")
            }
            guard sections.updateValue(offset..<end, forKey: name) == nil else { throw .corruptModel("it has two sections '\(name)'") }
        }
        guard end == bytes.count else { throw .corruptModel("there is something after its last section") }
    }

    /// The content of a section.
    ///
    /// - Parameters:
    ///   - name: The section's name.
    ///   - count: How many elements it must have, or `nil` for any number. At least 0.
    ///   - size: Bytes of an element.
    /// - Throws: `.corruptModel` when there is no such section, or it has another length.
    func section(_ name: String, count: Int?, of size: Int) throws(RecommenderError) -> ArraySlice<UInt8> {
        guard let range = sections[name] else { throw .corruptModel("it has no section '\(name)'") }
        if let count {
            let (length, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, range.count == length else {
                throw .corruptModel("its section '\(name)' has \(range.count) bytes, which is not \(count) times \(size)")
            }
        }
        return bytes[range]
    }

    private static func roundUp(_ offset: Int) -> Int {
        (offset + alignment - 1) / alignment * alignment
    }
}

extension RecommenderError {
    /// A model file cannot be used.
    ///
    /// - Parameter reason: Why, a clause about "it".
    static func corruptModel(_ reason: String) -> RecommenderError {
        RecommenderError(.corruptModel, "The model cannot be read: \(reason)", hint: "Fetch the file again, or train a new model.")
    }
}
