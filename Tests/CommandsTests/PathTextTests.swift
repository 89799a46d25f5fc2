import Model
import Testing

@testable import Commands

@Suite("Paths as people are shown them")
struct PathTextTests {
    @Test(
        "each text stands for one path",
        arguments: [
            ("/plain name", "/plain name"), ("/日本/é", "/日本/é"), ("/a\nb", #""/a\nb""#), (#"/a\nb"#, #""/a\\nb""#),
            ("/\u{1B}[31m", #""/\033[31m""#),
            ("/\u{85}", #""/\302\205""#), (#"/"a""#, #""/\"a\"""#),
        ])
    func quotes(path: String, text: String) throws {
        #expect(pathText(try FilePath(path)) == text)
    }
}
