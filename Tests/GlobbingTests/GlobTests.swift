import Globbing
import Testing

@Suite struct GlobTests {
    @Test(
        "A pattern matches whole paths",
        arguments: [
            ("/", ["/"], ["/a", "/a/b"]),
            ("", ["/"], ["/a"]),
            ("/*", ["/a", "/ab.txt", "/*"], ["/", "/a/b"]),
            ("/*/", ["/a"], ["/", "/a/b"]),
            ("/*/*", ["/a/b"], ["/", "/a", "/a/b/c"]),
            ("/**", ["/a", "/a/b", "/a/b/c"], ["/"]),
            ("**", ["/a", "/a/b"], ["/"]),
            ("abc/", ["/abc", "abc"], ["/", "/ab", "/abcd", "/abc/d"]),
            ("//a///b//", ["/a/b"], ["/a", "/b"]),
            ("/a*c", ["/ac", "/abc", "/abbc"], ["/a/c", "/ab", "/bac"]),
            ("/a**c", ["/ac", "/abc", "/a/c", "/ab/bc", "/a/b/c"], ["/a", "/a/b"]),
            ("/**test*.txt", ["/test.txt", "/a/b/my-test-1.txt"], ["/test", "/test.txt/a", "/test/a.txt"]),
            ("/**/a", ["/b/a", "/b/c/a"], ["/a", "/b"]),
            ("/***", ["/a", "/a/b"], ["/"]),
            ("/?", ["/a", "/ü", "/🐟"], ["/", "/ab"]),
            ("/a?c", ["/abc"], ["/ac", "/a/c"]),
            ("/[abc]", ["/a", "/b", "/c"], ["/d", "/ab"]),
            ("/[!a]", ["/b", "/ü"], ["/a", "/"]),
            ("/[^a]", ["/b"], ["/a"]),
            ("/x[!a]y", ["/xby"], ["/xay", "/x/y"]),
            ("/[a-cx-z]", ["/a", "/b", "/z"], ["/d", "/-"]),
            ("/[a-]", ["/a", "/-"], ["/b"]),
            ("/[-a]", ["/a", "/-"], ["/b"]),
            ("/[]a]", ["/]", "/a"], ["/b"]),
            ("/[!]a]", ["/b"], ["/]", "/a"]),
            ("/[\\]\\\\]", ["/]", "/\\"], ["/a"]),
            ("/[(*?{]", ["/(", "/*", "/?", "/{"], ["/a"]),
            ("/[[:digit:]x]", ["/1", "/x"], ["/a", "/٣"]),
            ("/[[:alpha:]]", ["/a", "/é", "/中"], ["/1", "/-"]),
            ("/[![:upper:]]", ["/a", "/1"], ["/A", "/É"]),
            ("/[[:punct:]]", ["/!", "/_"], ["/a", "/ "]),
            ("/[[a]", ["/[", "/a"], ["/b"]),
            ("/{a,b}", ["/a", "/b"], ["/c", "/ab", "/a,b"]),
            ("/{a,b{c,d}}.txt", ["/a.txt", "/bc.txt", "/bd.txt"], ["/b.txt", "/c.txt"]),
            ("/x{,y}", ["/x", "/xy"], ["/y"]),
            ("/{a}", ["/a"], ["/{a}"]),
            ("{/a,/b}", ["/a", "/b"], ["/", "/a/b"]),
            ("/{a/,b/}", ["/a", "/b"], ["/a/b"]),
            ("/{a/,b}/c", ["/a/c", "/b/c"], ["/a", "/bc"]),
            ("/{a/b,c}", ["/a/b", "/c"], ["/a", "/b"]),
            ("/a{/b,}", ["/a", "/a/b"], ["/ab"]),
            ("/\\*", ["/*"], ["/a"]),
            ("/\\{a\\}", ["/{a}"], ["/a"]),
            ("/\\(a\\)", ["/(a)"], ["/a"]),
            ("/a,b!c@d+e^f", ["/a,b!c@d+e^f"], ["/a"]),
            ("/.hidden", ["/.hidden"], ["/hidden"]),
            ("/...", ["/..."], ["/.."]),
            // One form of a letter does not match the other: they are different files.
            ("/\u{e9}", ["/\u{e9}"], ["/e\u{301}"]),
            ("/e\u{301}", ["/e\u{301}"], ["/\u{e9}"]),
            ("/?", ["/\u{e9}"], ["/e\u{301}"]),
            ("/\u{212b}", ["/\u{212b}"], ["/\u{e5}", "/\u{c5}"]),
        ] as [(String, [String], [String])])
    func matching(pattern: String, matched: [String], other: [String]) throws {
        let glob = try Glob(pattern)
        for path in matched { #expect(glob.matches(path), "\(pattern) should match \(path)") }
        for path in other { #expect(!glob.matches(path), "\(pattern) should not match \(path)") }
    }

    @Test(
        "A mistake is located",
        arguments: [
            ("/a{b", 2, "'{' has no '}' after it; write '\\{' for the character itself, at character 3"),
            ("/a{b{c}", 2, "'{' has no '}' after it; write '\\{' for the character itself, at character 3"),
            ("/a}", 2, "'}' without '{' before it; write '\\}' for the character itself, at character 3"),
            ("/[ab", 1, "'[' has no ']' after it; write '\\[' for the character itself, at character 2"),
            ("/[]", 1, "'[' has no ']' after it; write '\\[' for the character itself, at character 2"),
            ("/[a\\", 1, "'[' has no ']' after it; write '\\[' for the character itself, at character 2"),
            ("/ü]", 2, "']' without '[' before it; write '\\]' for the character itself, at character 3"),
            ("/a\\", 2, "nothing follows '\\'; write '\\\\' for the character itself, at character 3"),
            ("/[z-a]", 2, "the range 'z-a' is empty, at character 3"),
            ("/[a/b]", 3, "a class cannot hold '/', which separates components, at character 4"),
            ("/[[:letter:]]", 2, "there is no class '[:letter:]', at character 3"),
            ("/a/../b", 3, "'.' and '..' are not allowed as components, at character 4"),
            ("./a", 0, "'.' and '..' are not allowed as components, at character 1"),
            ("/a/.", 3, "'.' and '..' are not allowed as components, at character 4"),
            ("/STOREID(*).txt", 8, "groups such as '(…)' are not supported, at character 9"),
            ("/a)", 2, "groups such as '(…)' are not supported, at character 3"),
            ("/@(a|b)", 1, "groups such as '@(…)' are not supported, at character 2"),
            ("/*(a)", 1, "groups such as '*(…)' are not supported, at character 2"),
            ("/**(a)", 2, "groups such as '*(…)' are not supported, at character 3"),
            ("/+(a)", 1, "groups such as '+(…)' are not supported, at character 2"),
            ("/?(a)", 1, "groups such as '?(…)' are not supported, at character 2"),
            ("/!(a)", 1, "groups such as '!(…)' are not supported, at character 2"),
        ])
    func mistakes(pattern: String, offset: Int, description: String) {
        do throws(GlobError) {
            _ = try Glob(pattern)
            Issue.record("\(pattern) should be refused")
        } catch {
            #expect(error.offset == offset)
            #expect(error.description == description)
            #expect((error.reason == .notSupported) == description.contains("supported"))
        }
    }

    @Test func `Limits are kept`() throws {
        #expect(throws: GlobError.self) { try Glob(String(repeating: "a", count: Glob.byteCountMax + 1)) }
        #expect(throws: Never.self) { try Glob(String(repeating: "a", count: Glob.byteCountMax)) }
        let deepest = String(repeating: "{", count: Glob.nestingMax) + String(repeating: "}", count: Glob.nestingMax)
        #expect(try Glob("/a" + deepest).matches("/a"))
        #expect(throws: GlobError.self) { try Glob("{" + deepest + "}") }
    }

    @Test func `Patterns are equal by their characters`() throws {
        #expect(try Glob("/\u{e9}") != Glob("/e\u{301}"))
        #expect(try Glob("/a") == Glob("/a"))
    }

    @Test func `What cannot match is not opened`() throws {
        let state = try Glob("/a/*.txt").start
        #expect(!state.isMatch && state.canDescend)
        #expect(state.advanced(byComponent: "b".utf8) == nil)
        let folder = try #require(state.advanced(byComponent: "a".utf8))
        #expect(!folder.isMatch && folder.canDescend)
        #expect(folder.advanced(byComponent: "b.csv".utf8) == nil)
        let file = try #require(folder.advanced(byComponent: "b.txt".utf8))
        #expect(file.isMatch && !file.canDescend)
        #expect(try Glob("/").start.isMatch && !Glob("/").start.canDescend)
        #expect(try #require(Glob("/**").start.advanced(byComponent: Array("x".utf8))).canDescend)
    }

    @Test(
        "A component that is spelt out is known",
        arguments: [
            ("/a/b", ["a", "b"]), ("/abc/*.txt", ["abc"]), ("/*", []), ("/", []), ("/a{,b}", []), ("/{a,b}", []), ("/a[b]", []),
            ("/a{/b,}", ["a", "b"]), ("/a{/b,/c}", ["a"]), ("/a**", []), ("/ü/\\*", ["ü", "*"]),
        ])
    func onlyComponent(pattern: String, components: [String]) throws {
        var state = try Glob(pattern).start
        var found: [String] = []
        while let component = state.onlyComponent {
            found.append(component)
            state = try #require(state.advanced(byComponent: component.utf8))
        }
        #expect(found == components)
    }

    @Test func `Ambiguous patterns stay cheap`() throws {
        let text = String(repeating: "a", count: 255)
        let patterns = [
            String(repeating: "*a", count: 500) + "*b", String(repeating: "**a", count: 500) + "b",
            String(repeating: "{,a}", count: 500) + "b", String(repeating: "{a,*}", count: 200) + "b",
        ]
        for pattern in patterns {
            let glob = try Glob(pattern)
            let elapsed = ContinuousClock().measure { #expect(!glob.matches(text)) }
            // Backtracking would need longer than the age of the universe; the bound only has to tell the two apart.
            #expect(elapsed < .seconds(30), "\(pattern.prefix(20))")
        }
    }
}
