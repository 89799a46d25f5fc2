import Foundation
import Testing

@testable import Workers

@Suite struct ShellVariablesTests {
    @Test func aShellReadsWhatWasWritten() throws {
        let values = [
            "", "plain", "two words", "it's", "''", "$HOME `id` \\ \"", "line\nline\n", "äöü", "#", "a=b", "it'\u{301}s; $(id)", "'\u{301}",
            "\r\n",
        ]
        let variables = Dictionary(uniqueKeysWithValues: values.enumerated().map { ("V\($0)", $1) })
        let path = NSTemporaryDirectory() + "pach-env-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let script = ShellVariables(variables).text + values.indices.map { #"printf '%s\0' "$V\#($0)""# + "\n" }.joined()
        try write(script, to: path)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-eu", path]
        let output = Foundation.Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(Substring($0)) } == values)
        #expect(process.terminationStatus == 0)
    }

    @Test func aNameThatNoShellTakesIsChanged() {
        let text = ShellVariables(["my-data": "1", "2nd": "2", "a.b": "3", "a_b": "4", "": "5", "ä": "6"]).text
        #expect(text == "_='5'\n_2nd='2'\na_b='4'\nmy_data='1'\n")
    }
}
