import Model
import Operations

/// A path as people are shown it: as it is, or in double quotes with the escapes of C where it has a control character, a quote or a backslash. So
/// each text stands for one path and keeps to its line. Git shows paths so where `core.quotePath` is off (git-config(1)), but leaves U+0080
/// to U+009F as they are, some of which move a cursor.
func pathText(_ path: FilePath) -> String { pathText(path.description) }

/// The same; a folder is told by a slash at its end.
func pathText(_ file: FileInfo) -> String {
    let path = file.file.path
    return pathText(path.description + (file.fileType == .folder && !path.isRoot ? "/" : ""))
}

private func pathText(_ path: String) -> String {
    let escaped = path.unicodeScalars.reduce(into: "") { $0 += escape($1) ?? String($1) }
    return escaped == path ? path : "\"\(escaped)\""
}

/// - Returns: nil for what stands for itself.
private func escape(_ scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "\"", "\\": return "\\\(scalar)"
    case "\u{07}": return #"\a"#
    case "\u{08}": return #"\b"#
    case "\t": return #"\t"#
    case "\n": return #"\n"#
    case "\u{0B}": return #"\v"#
    case "\u{0C}": return #"\f"#
    case "\r": return #"\r"#
    default:
        guard scalar.properties.generalCategory == .control else { return nil }
        return scalar.utf8.map { byte in
            let digits = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }.joined()
    }
}
