import Model

/// Makes the blocks of an archive: ustar headers, with pax records where ustar has no room.
package enum TarWriter {
    /// Two empty blocks, which end an archive.
    package static let end = [UInt8](repeating: 0, count: 2 * TarFormat.blockByteCount)

    /// The header of an entry; `sizeBytes` of content follow it, then `padding`.
    package static func header(_ entry: TarEntry) -> [UInt8] {
        let path = Array(entry.path.relativeDescription.utf8) + (entry.kind == .folder ? [UInt8(ascii: "/")] : [])
        let place = path.allSatisfy { $0 < 0x80 } ? split(path) : nil
        var records: [(keyword: String, value: [UInt8])] = []
        if place == nil { records.append(("path", path)) }
        if entry.sizeBytes > TarFormat.sizeMax { records.append(("size", Array(String(entry.sizeBytes).utf8))) }
        if entry.isContinued { records.append((TarFormat.continuedKeyword, [UInt8(ascii: "1")])) }

        var blocks: [UInt8] = []
        if !records.isEmpty {
            let body = records.flatMap { record(keyword: $0.keyword, value: $0.value) }
            blocks += block(
                name: Array("PaxHeaders/pach".utf8), prefix: [], type: UInt8(ascii: "x"), mode: 0o644, size: Int64(body.count))
            blocks += body + padding(after: Int64(body.count))
        }
        blocks += block(
            name: place?.name ?? path.prefix(TarFormat.name.count), prefix: place?.prefix ?? [],
            type: UInt8(ascii: entry.kind == .folder ? "5" : "0"),
            mode: entry.isExecutable || entry.kind == .folder ? 0o755 : 0o644, size: min(entry.sizeBytes, TarFormat.sizeMax))
        return blocks
    }

    /// Zeros up to the next whole block.
    package static func padding(after byteCount: Int64) -> [UInt8] {
        [UInt8](repeating: 0, count: TarFormat.padding(after: byteCount))
    }

    /// The two fields that hold a path in ustar, joined there by a slash; nil where it does not fit.
    private static func split(_ path: [UInt8]) -> (name: ArraySlice<UInt8>, prefix: ArraySlice<UInt8>)? {
        if path.count <= TarFormat.name.count { return (path[...], []) }
        let last = min(TarFormat.prefix.count, path.count - 2)
        guard let slash = path[...last].lastIndex(of: UInt8(ascii: "/")), slash > 0, path.count - slash - 1 <= TarFormat.name.count else {
            return nil
        }
        return (path[(slash + 1)...], path[..<slash])
    }

    /// `"<length> <keyword>=<value>\n"`, where the length counts its own digits too.
    private static func record(keyword: String, value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(keyword)=".utf8) + value + [UInt8(ascii: "\n")]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func block(name: some Collection<UInt8>, prefix: some Collection<UInt8>, type: UInt8, mode: Int, size: Int64) -> [UInt8]
    {
        var block = [UInt8](repeating: 0, count: TarFormat.blockByteCount)
        func put(_ bytes: some Collection<UInt8>, at field: Range<Int>) {
            block.replaceSubrange(field.lowerBound..<field.lowerBound + bytes.count, with: bytes)
        }
        func put(octal value: Int64, at field: Range<Int>) {
            let digits = String(value, radix: 8)
            put(Array((String(repeating: "0", count: field.count - 1 - digits.utf8.count) + digits).utf8), at: field)
        }
        put(name, at: TarFormat.name)
        put(octal: Int64(mode), at: TarFormat.mode)
        put(octal: 0, at: TarFormat.userID)
        put(octal: 0, at: TarFormat.groupID)
        put(octal: size, at: TarFormat.size)
        put(octal: TarFormat.modifiedSeconds, at: TarFormat.modified)
        block[TarFormat.type] = type
        put(Array("ustar\0".utf8), at: TarFormat.magic)
        put(Array("00".utf8), at: TarFormat.version)
        put(prefix, at: TarFormat.prefix)
        // Six digits, NUL, space: as every tar has written it since the first.
        put(octal: Int64(TarFormat.checksum(of: block)), at: TarFormat.checksum.lowerBound..<TarFormat.checksum.lowerBound + 7)
        block[TarFormat.checksum.upperBound - 1] = UInt8(ascii: " ")
        return block
    }
}
