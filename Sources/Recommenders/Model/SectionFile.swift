/// A file of named sections: what a model file looks like from outside. All numbers are little-endian.
///
/// | Offset | Type | Meaning |
/// | --- | --- | --- |
/// | 0 | 8 bytes | `PACHRECM` |
/// | 8 | u32 | version of the format: 3 |
/// | 12 | u32 | 0 |
/// | 16 | u64 | length of the file |
/// | 24 | u64 | checksum of bytes 32 up to the end of the table |
/// | 32 | u64 | how many sections there are, at most 64 |
/// | 40 | 32 bytes each | the table: name (8 bytes, ASCII, filled up with NUL), offset (u64), length (u64), checksum (u64) |
///
/// Sections stand in the order of the table, the first at the first multiple of 64 after it, each next one at the first multiple of
/// 64 after the one before, so that they can be used where they are when the file is mapped into memory. What lies between is zero.
/// The file ends with the last section. Checksums are XXH64 with seed 0.
///
/// A reader trusts nothing: every offset and length is checked before it is used. Whether contents match their checksums takes reading all
/// of the file, and is a check of its own.
struct SectionFile {
    static let magic = Array("PACHRECM".utf8)
    static let version: UInt32 = 3
    static let alignment = 64
    static let sectionLimit = 64
    private static let headerSize = 40
    private static let entrySize = 32

    private struct Section {
        var range: Range<Int>
        var checksum: UInt64
    }

    private let bytes: Column<UInt8>
    /// The sections' names, in order.
    let names: [String]
    private let sections: [String: Section]

    /// Writes a file, in place of what was there. Whoever reads sees the old file or the new one.
    ///
    /// - Parameter sections: Names, at most eight ASCII bytes and no two the same, and contents; at most `sectionLimit`.
    /// - Throws: `.io` when it cannot be written.
    static func write(_ sections: [(name: String, content: Column<UInt8>)], to path: String) throws(RecommenderError) {
        precondition(sections.count <= sectionLimit, "the table of sections is bounded")
        var end = headerSize + sections.count * entrySize
        var table = littleEndian(UInt64(sections.count))
        var gaps: [Int] = []
        for (name, content) in sections {
            precondition(name.utf8.count <= 8, "a section's name has eight bytes")
            let offset = roundUp(end)
            gaps.append(offset - end)
            end = offset + content.count
            table += Array(name.utf8) + [UInt8](repeating: 0, count: 8 - name.utf8.count)
            table += littleEndian(UInt64(offset)) + littleEndian(UInt64(content.count))
            table += littleEndian(XXHash64.hash(UnsafeRawBufferPointer(content.buffer)))
        }
        var file = try OutputFile(path)
        try file.write(magic + littleEndian(version) + littleEndian(UInt32(0)) + littleEndian(UInt64(end)))
        try file.write(littleEndian(table.withUnsafeBytes(XXHash64.hash)) + table)
        for (gap, section) in zip(gaps, sections) {
            try file.write(repeatElement(0, count: gap))
            try file.write(section.content)
        }
        try file.finish()
    }

    /// Maps a file into memory and hands it to `body`, whose errors then name it.
    ///
    /// - Throws: `.io` when it cannot be opened or mapped, `.corruptModel` or `.unsupportedModel` when it is not such a file, and what
    ///   `body` throws.
    static func open<Result>(
        _ path: String, _ body: (SectionFile) throws(RecommenderError) -> Result
    ) throws(RecommenderError) -> Result {
        let bytes = try MappedFile.bytes(of: path)
        do {
            return try body(SectionFile(bytes))
        } catch {
            throw RecommenderError(error.code, "\(path): \(error.message)", hint: error.hint)
        }
    }

    /// Finds the sections of a file.
    ///
    /// - Parameter bytes: The file, at an address that is a multiple of eight.
    /// - Throws: `.corruptModel` when the bytes are not such a file, `.unsupportedModel` when they are one of another version.
    init(_ bytes: Column<UInt8>) throws(RecommenderError) {
        guard bytes.count >= Self.headerSize, bytes.starts(with: Self.magic) else { throw .corruptModel("it is not a model file") }
        let version = Self.number(UInt32.self, bytes, 8)
        guard version == Self.version else {
            throw RecommenderError(
                .unsupportedModel, "The model is of format version \(version), and this program reads version \(Self.version)",
                hint: "Train the model again with this version, or use the program that wrote it.")
        }
        let length = Self.number(UInt64.self, bytes, 16)
        guard Self.number(UInt32.self, bytes, 12) == 0, length == UInt64(bytes.count) else {
            throw .corruptModel("it has \(bytes.count) bytes, and should have \(length)")
        }
        let count = Self.number(UInt64.self, bytes, 32)
        guard count <= UInt64(Self.sectionLimit) else { throw .corruptModel("its table of sections is too long") }
        let tableEnd = Self.headerSize + Int(count) * Self.entrySize
        guard tableEnd <= bytes.count else { throw .corruptModel("its table of sections is cut off") }
        guard
            XXHash64.hash(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes.buffer)[32..<tableEnd]))
                == Self.number(UInt64.self, bytes, 24)
        else {
            throw .corruptModel("its table of sections does not match its checksum")
        }

        var names: [String] = []
        var sections: [String: Section] = [:]
        var end = tableEnd
        for start in stride(from: Self.headerSize, to: tableEnd, by: Self.entrySize) {
            let name = String(decoding: bytes[start..<start + 8].prefix { $0 != 0 }, as: UTF8.self)
            let offset = Self.roundUp(end)
            let length = Self.number(UInt64.self, bytes, start + 16)
            guard Self.number(UInt64.self, bytes, start + 8) == UInt64(offset), offset <= bytes.count,
                length <= UInt64(bytes.count - offset)
            else { throw .corruptModel("its section '\(name)' is not where it must be") }
            guard bytes[end..<offset].allSatisfy({ $0 == 0 }) else { throw .corruptModel("there is something between its sections") }
            end = offset + Int(length)
            names.append(name)
            let section = Section(range: offset..<end, checksum: Self.number(UInt64.self, bytes, start + 24))
            guard sections.updateValue(section, forKey: name) == nil else { throw .corruptModel("it has two sections '\(name)'") }
        }
        guard end == bytes.count else { throw .corruptModel("there is something after its last section") }
        self.bytes = bytes
        self.names = names
        self.sections = sections
    }

    /// Checks that the contents match their checksums, which takes reading them all.
    ///
    /// - Throws: `.corruptModel` for the first that does not.
    func verify() throws(RecommenderError) {
        for name in names {
            guard let section = sections[name],
                XXHash64.hash(UnsafeRawBufferPointer(bytes.extracting(section.range).buffer)) == section.checksum
            else { throw .corruptModel("its section '\(name)' does not match its checksum") }
        }
    }

    /// The length of the file.
    var byteCount: Int { bytes.count }

    /// The length of a section, 0 when there is none of that name.
    func byteCount(of name: String) -> Int { sections[name]?.range.count ?? 0 }

    /// The content of a section.
    ///
    /// - Throws: `.corruptModel` when there is no such section.
    func content(of name: String) throws(RecommenderError) -> Column<UInt8> {
        guard let section = sections[name] else { throw .corruptModel("it has no section '\(name)'") }
        return bytes.extracting(section.range)
    }

    private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ bytes: Column<UInt8>, _ offset: Int
    ) -> Number {
        Number(littleEndian: UnsafeRawBufferPointer(bytes.buffer).loadUnaligned(fromByteOffset: offset, as: Number.self))
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
