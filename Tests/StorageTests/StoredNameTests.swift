import Files
import Model
import TestSupport
import Testing

@testable import Storage

/// Names that Git would refuse or interpret, and some that only look like it.
let reservedNames = [
    ".git", ".GIT", ".Git", ".gIt ", ".git.", ".git. . ", ".git:x", ".git::$INDEX_ALLOCATION", "git~1", "GIT~1", "git~2", "git~1.",
    ".g\u{200c}it", ".\u{feff}git", "\u{202e}.git", ".git\u{206f}", "a\\.git", "a\\b\\.GIT ", "\\.git", "a\\git~1", ".git\\x",
    ".gitmodules", ".GITMODULES", ".gitmodules ", ".gitmodules:$DATA", ".git\u{200d}modules", "gitmod~1", "GITMOD~4", "gi7eba~1",
    "gi7eba~9", "gi7eb~10", "gi~12345", "g~123456", "~1000000", "~9999999", "gi7eba~1 .", ".gitattributes", ".GitAttributes", "gitatt~1",
    "gi7d29~1", "gi7d2~19", ".gitattributes.", "x\\.gitattributes", "x~pach.name", "x~pach.chunks", "~pach.name", "~pach.chunks",
    "%2Egit~pach.name", ".git~pach.chunks", "x~pach.chunks~pach.name",
]

let ordinaryNames = [
    "a", "a.csv", " ", "-", "-rf", "--help", "%2E", "%2Egit", "git", "gitmodules", ".gitx", ".github", "..git", ".gi", "...", ".hidden",
    "x.git",
    "a:b", "a\\b", "a\nb", "\t", "\u{7f}", "~", "~pach", "pach.name", "it~pach.name.txt", "caf\u{e9}", "cafe\u{301}", "Å", "A\u{30a}",
    "日本語.txt",
    "👩‍👩‍👧‍👦.png", "\u{200d}", "\u{feff}", "*", "?", "[a]", "\"quoted\"", "'", "$HOME", "#", "CON", "nul.txt", "trailing ", "trailing.",
    "a~1.csv",
    String(repeating: "n", count: 255), String(repeating: "é", count: 127),
]

@Suite struct StoredNameTests {
    @Test("what Git interprets is stored under a name that it does not", arguments: reservedNames)
    func escapes(_ text: String) throws {
        let name = try fileName(text)
        let stored = try StoredName.encode(name, kind: .file)
        #expect(String(decoding: stored, as: UTF8.self).hasSuffix("~pach.name"))
        #expect(stored.allSatisfy { $0 < 0x80 })
        try roundTrips(name)
    }

    @Test("every other name is stored as it is", arguments: ordinaryNames)
    func keeps(_ text: String) throws {
        let name = try fileName(text)
        #expect(try StoredName.encode(name, kind: .file) == Array(text.utf8))
        #expect(try StoredName.encode(name, kind: .folder) == Array(text.utf8))
        if text.utf8.count <= 243 { try roundTrips(name) }
    }

    @Test("the stored forms are those of the specification")
    func examples() throws {
        func stored(_ text: String, _ kind: TreeNode.Kind) throws -> String {
            String(decoding: try StoredName.encode(fileName(text), kind: kind), as: UTF8.self)
        }
        #expect(try stored(".git", .folder) == "%2Egit~pach.name")
        #expect(try stored("Git~1", .file) == "Git%7E1~pach.name")
        #expect(try stored("big.bin", .chunkedFile) == "big.bin~pach.chunks")
        #expect(try stored(".gitattributes", .chunkedFile) == "%2Egitattributes~pach.name~pach.chunks")
        #expect(try stored("é~pach.chunks", .file) == "%C3%A9%7Epach%2Echunks~pach.name")
    }

    @Test("random names come back from every form", arguments: seeds(4))
    func random(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let pieces = [
            ".", "g", "i", "t", "G", "~", "1", "9", "\\", ":", " ", "\u{200c}", "\u{feff}", "~pach.name", "~pach.chunks", "%", "é", "git",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 1...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            guard let name = try? fileName(text) else { continue }
            try roundTrips(name, "seed \(seed)")
        }
    }

    @Test("two names never share a stored form")
    func injective() throws {
        var seen: Set<[UInt8]> = []
        for text in reservedNames + ordinaryNames {
            #expect(seen.insert(StoredName.encodeUnbounded(try fileName(text))).inserted, "\(text)")
        }
    }

    @Test(
        "a stored name that encoding does not write is corrupt",
        arguments: [
            (".git", true), (".gitattributes", false), ("git~1", false), ("x~pach.chunks", false), ("a~pach.name", false),
            ("%2egit~pach.name", false), ("%2Egi%74~pach.name", false), ("%2Egit%~pach.name", false), ("%2Egit%2~pach.name", false),
            (".git~pach.name", false), ("~pach.name", false), ("~pach.chunks", true), ("%2Egit~pach.name~pach.name", false),
            ("%2F~pach.name", false),
            ("%00.git~pach.name", false), (".", true), ("..", true), ("a/b", false), ("%FF%2Egit~pach.name", false),
        ])
    func rejects(_ text: String, isTree: Bool) {
        #expect(
            failure { _ = try Array(text.utf8).withBytes { (bytes) throws(PachError) in try StoredName.decode(bytes, isTree: isTree) } }
                == .corrupt)
    }

    @Test("bytes that are not UTF-8 are corrupt")
    func rejectsInvalidUnicode() {
        #expect(
            failure { _ = try [0x61, 0xff].withBytes { (bytes) throws(PachError) in try StoredName.decode(bytes, isTree: false) } }
                == .corrupt)
    }

    @Test("a name that grows beyond 255 bytes is refused by name")
    func lengths() throws {
        let long = try fileName(String(repeating: "n", count: 244))
        #expect(try StoredName.encode(long, kind: .folder).count == 244)
        let error = #expect(throws: PachError.self) { _ = try StoredName.encode(long, kind: .chunkedFile) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("nnnn") == true)
        #expect(throws: PachError.self) {
            _ = try StoredName.encode(fileName(String(repeating: "é", count: 60) + "~pach.name"), kind: .file)
        }
    }

    private func roundTrips(_ name: FileName, _ comment: Comment? = nil) throws {
        for kind in TreeNode.Kind.allCases {
            let stored = try StoredName.encode(name, kind: kind)
            let back = try stored.withBytes { (bytes) throws(PachError) in try StoredName.decode(bytes, isTree: kind != .file) }
            #expect(back.name == name && back.kind == kind, comment)
        }
    }
}
