import Testing

@testable import Workers

@Suite struct LineSplitterTests {
    private func lines(_ pieces: [[UInt8]]) -> [String] {
        var splitter = LineSplitter()
        var lines: [String] = []
        for piece in pieces {
            piece.withUnsafeBytes { splitter.append($0) { lines.append($0) } }
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test(arguments: [
        ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n\na\n", ["", "", "a"]),
        ("ä€😀\n", ["ä€😀"]),
    ]) func linesEndAtLineFeeds(_ text: String, _ expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(lines([bytes]) == expected)
        #expect(lines(bytes.map { [$0] }) == expected)
    }

    @Test func longLinesAreCutBetweenCharacters() {
        for offset in 0...4 {
            let text = String(repeating: "x", count: offset) + String(repeating: "😀", count: 40_000)
            let pieces = lines([Array(text.utf8)])
            #expect(pieces.joined() == text)
            #expect(pieces.count == 3)
            #expect(pieces.allSatisfy { $0.utf8.count <= LineSplitter.maximumLine })
        }
        let exact = String(repeating: "y", count: LineSplitter.maximumLine)
        #expect(lines([Array((exact + "\nz").utf8)]) == [exact, "z"])
        // Not UTF-8 at all: cut anywhere, but cut.
        #expect(lines([[UInt8](repeating: 0x80, count: 200_000)]).count == 4)
    }

    @Test func whatIsNotUTF8IsRepaired() {
        #expect(lines([[0x61, 0xFF, 0x62, 10, 0xE2, 0x82]]) == ["a\u{FFFD}b", "\u{FFFD}"])
    }
}
