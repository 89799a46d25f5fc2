/// One document of a YAML stream, as text.
struct YAMLChunk: Sendable {
    let text: String
    /// The line of the whole text on which it begins, from 1.
    let firstLine: Int

    /// Divides a stream at its document markers: lines that begin with `---` or `...`, which YAML allows in no scalar.
    static func split(_ text: String) -> [YAMLChunk] {
        var chunks: [YAMLChunk] = []
        var lines: [Substring.UTF8View] = []
        var firstLine = 1
        var hasMarker = false
        var hasContent = false
        var lineNumber = 0

        func finish() {
            let bytes = lines.joined()
            chunks.append(YAMLChunk(text: String(decoding: Array(bytes), as: UTF8.self), firstLine: firstLine))
            lines = []
            firstLine = lineNumber + 1
            hasMarker = false
            hasContent = false
        }

        for line in Self.lines(of: text) {
            if isMarker(line, "---") {
                // What stands before the first marker without content is comments and directives, which belong to what follows.
                if hasMarker || hasContent { finish() }
                hasMarker = true
            }
            lineNumber += 1
            lines.append(line)
            if isMarker(line, "...") {
                finish()
            } else if !hasMarker, isContent(line) {
                hasContent = true
            }
        }
        if !lines.isEmpty { finish() }
        return chunks
    }

    /// The lines with their ends.
    private static func lines(of text: String) -> [Substring.UTF8View] {
        var lines: [Substring.UTF8View] = []
        var start = text.utf8.startIndex
        while start < text.utf8.endIndex {
            let newline = text.utf8[start...].firstIndex(of: UInt8(ascii: "\n"))
            let end = newline.map { text.utf8.index(after: $0) } ?? text.utf8.endIndex
            lines.append(text.utf8[start..<end])
            start = end
        }
        return lines
    }

    private static func isMarker(_ line: Substring.UTF8View, _ marker: String) -> Bool {
        guard line.starts(with: marker.utf8) else { return false }
        return line.dropFirst(3).first.map { [0x20, 0x09, 0x0a, 0x0d].contains($0) } ?? true
    }

    private static func isContent(_ line: Substring.UTF8View) -> Bool {
        guard let first = line.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else { return false }
        return first != UInt8(ascii: "#") && line.first != UInt8(ascii: "%")
    }
}
