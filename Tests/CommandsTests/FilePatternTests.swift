import Model
import Testing

@testable import Commands

@Suite("FilePattern")
struct FilePatternTests {
    @Test(
        "a colon and a sign of a pattern are what they are also where a mark that combines with them follows",
        arguments: [("r@b:\u{301}a", "\u{301}a", false), ("r@b:/*\u{301}", "/*\u{301}", true), ("r@b:", "/", false), ("r@b", "/", false)])
    func combiningMark(_ text: String, _ pattern: String, _ hasMetacharacters: Bool) throws {
        let parsed = try FilePattern(text)
        #expect(parsed.commit.description == "r@b")
        #expect(parsed.pattern == pattern)
        #expect(parsed.hasMetacharacters == hasMetacharacters)
    }
}
