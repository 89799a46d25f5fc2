import Files
public import Model

/// How the name of a file or folder is written in a Git tree.
///
/// A name is stored as it is, unless Git would refuse or interpret it, or it would read as one of our own forms. Then its
/// bytes outside `[A-Za-z0-9_-]` are percent-encoded and `~pach.name` is put at its end. A file that is a tree of chunks has
/// `~pach.chunks` after that. Both directions are exact: a stored name that encoding would not produce is corrupt.
public enum StoredName {
    static let escapedSuffix = Array("~pach.name".utf8)
    static let chunksSuffix = Array("~pach.chunks".utf8)

    /// The bytes that stand for `name` in a tree.
    /// - Throws: `invalidArgument` where they are more than a file system takes.
    public static func encode(_ name: FileName, kind: TreeNode.Kind) throws(PachError) -> [UInt8] {
        var stored = encodeUnbounded(name)
        if kind == .chunkedFile { stored += chunksSuffix }
        try check(name, kind: kind, storedCount: stored.count)
        return stored
    }

    /// The bytes that stand for `name`, but for the suffix of a tree of chunks, however many they are.
    static func encodeUnbounded(_ name: FileName) -> [UInt8] {
        let plain = Array(name.description.utf8)
        return isReserved(plain) ? escape(plain) : plain
    }

    static func check(_ name: FileName, kind: TreeNode.Kind, storedCount: Int) throws(PachError) {
        guard storedCount <= FilePath.componentByteCountMax else {
            throw PachError(
                .invalidArgument,
                "file name \(quoted(name.description)) is too long to be stored: "
                    + "it would take \(storedCount) bytes; at most \(FilePath.componentByteCountMax) are allowed",
                cause: kind == .chunkedFile
                    ? "a file over 1 MiB is stored in pieces, in a folder named with the suffix '~pach.chunks'"
                    : "Git would interpret the name, so it is stored percent-encoded",
                hint: "Use a shorter name.")
        }
    }

    /// The name that `stored` stands for.
    /// - Throws: `corrupt` where `encode` would never have written it.
    public static func decode(_ stored: UnsafeRawBufferPointer, isTree: Bool) throws(PachError) -> (name: FileName, kind: TreeNode.Kind) {
        var rest = stored
        var kind = isTree ? TreeNode.Kind.folder : .file
        if ends(rest, with: chunksSuffix) {
            guard isTree else { throw corrupt(stored, "it is the name of a tree of chunks, but not a tree") }
            kind = .chunkedFile
            rest = rest.slice(0..<rest.count - chunksSuffix.count)
        }
        let bytes: [UInt8]
        if ends(rest, with: escapedSuffix) {
            guard let plain = unescape(rest.slice(0..<rest.count - escapedSuffix.count)), isReserved(plain) else {
                throw corrupt(stored, "it is not escaped as pach escapes names")
            }
            bytes = plain
        } else {
            bytes = Array(rest)
            guard !isReserved(bytes) else { throw corrupt(stored, "the name is reserved") }
        }
        do {
            return (try FileName(bytes: bytes), kind)
        } catch {
            throw corrupt(stored, error.message)
        }
    }

    private static func corrupt(_ stored: UnsafeRawBufferPointer, _ cause: String) -> PachError {
        PachError(
            .corrupt, "a tree has the entry \(quoted(String(decoding: stored, as: UTF8.self))), which pach did not write", cause: cause)
    }

    private static func ends(_ name: UnsafeRawBufferPointer, with suffix: [UInt8]) -> Bool {
        // The last byte of both suffixes differs from most names' last byte, which makes this cheap where it is called most.
        guard let last = name.last, last == suffix.last, name.count >= suffix.count else { return false }
        return suffix.withUnsafeBytes { name.slice(name.count - suffix.count..<name.count).equals($0) }
    }
}

// MARK: - Escaping

extension StoredName {
    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func escape(_ name: [UInt8]) -> [UInt8] {
        var stored: [UInt8] = []
        for byte in name {
            if isKept(byte) {
                stored.append(byte)
            } else {
                stored += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return stored + escapedSuffix
    }

    /// The inverse of `escape`; nil for anything that `escape` does not produce.
    private static func unescape(_ stored: UnsafeRawBufferPointer) -> [UInt8]? {
        var name: [UInt8] = []
        var rest = stored[...]
        while let byte = rest.popFirst() {
            if isKept(byte) {
                name.append(byte)
                continue
            }
            guard byte == UInt8(ascii: "%"),
                let high = rest.popFirst().flatMap({ digits.firstIndex(of: $0) }),
                let low = rest.popFirst().flatMap({ digits.firstIndex(of: $0) })
            else { return nil }
            let escaped = UInt8(high << 4 | low)
            guard !isKept(escaped) else { return nil }
            name.append(escaped)
        }
        return name
    }

    private static func isKept(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

// MARK: - What must be escaped

extension StoredName {
    private static let interpreted = [".git", ".gitmodules", ".gitattributes"].map { Array($0.utf8) }

    /// Whether `name` must be stored escaped.
    ///
    /// Git compares names as HFS+ and NTFS would (`utf8.c: is_hfs_dotgit`, `path.c: is_ntfs_dotgit`, `is_ntfs_dot_generic`).
    /// The rule here is wider than Git's and simpler: an escape too many does no harm, one too few makes a repo that
    /// `git fsck --strict` rejects (invariant 5).
    static func isReserved(_ name: [UInt8]) -> Bool {
        name.withUnsafeBytes { bytes in
            if ends(bytes, with: escapedSuffix) || ends(bytes, with: chunksSuffix) { return true }
            // The fast way out for nearly every name: an interpreted spelling begins with a dot or has a tilde, unless a
            // backslash or an ignorable code point (in UTF-8 E2 80, E2 81 or EF BB BF) hides that.
            guard bytes.first == UInt8(ascii: ".") || bytes.contains(where: isTelling) else { return false }
            return bytes.split(separator: UInt8(ascii: "\\")).contains { isInterpreted(Array($0)) }
        }
    }

    private static func isTelling(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "~") || byte == UInt8(ascii: "\\") || byte == 0xe2 || byte == 0xef
    }

    private static func isInterpreted(_ part: [UInt8]) -> Bool {
        var name = part
        if let colon = name.firstIndex(of: UInt8(ascii: ":")) { name.removeSubrange(colon...) }
        name = withoutIgnorables(name).map { isUpper($0) ? $0 | 0x20 : $0 }
        while let last = name.last, last == UInt8(ascii: " ") || last == UInt8(ascii: ".") { name.removeLast() }
        return interpreted.contains(name) || isShortName(name)
    }

    /// What NTFS may call the interpreted files for short: `git~1`, `gitmod~2`, `gi7d29~1`, down to `~1000000`.
    private static func isShortName(_ name: [UInt8]) -> Bool {
        guard let tilde = name.firstIndex(of: UInt8(ascii: "~")), tilde <= 8 else { return false }
        let stem = name[..<tilde], number = name[(tilde + 1)...]
        return (stem.isEmpty || stem.first == UInt8(ascii: "g"))
            && stem.allSatisfy { isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && !number.isEmpty && number.allSatisfy(isDigit)
    }

    /// Without the code points that HFS+ ignores (Git's `utf8.c: next_hfs_char`).
    private static func withoutIgnorables(_ name: [UInt8]) -> [UInt8] {
        guard name.contains(where: { $0 >= 0x80 }) else { return name }
        var scalars = String.UnicodeScalarView()
        for scalar in String(decoding: name, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff: continue
            default: scalars.append(scalar)
            }
        }
        return Array(String(scalars).utf8)
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
