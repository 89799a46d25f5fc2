import TestSupport
import Testing

@testable import Workers

@Suite struct ShellVariablesTests {
    @Test func aShellReadsWhatWasWritten() throws {
        let values = [
            "", "plain", "two words", "it's", "''", "$HOME `id` \\ \"", "line\nline\n", "äöü", "#", "a=b", "it'\u{301}s; $(id)", "'\u{301}",
            "\r\n",
        ]
        let variables = Dictionary(uniqueKeysWithValues: values.enumerated().map { ("V\($0)", $1) })
        let script = ShellVariables(variables).text + values.indices.map { #"printf '%s\0' "$V\#($0)""# + "\n" }.joined()
        let text = try runProgram(["sh", "-eu"], input: Array(script.utf8)).successful().text
        #expect(text.utf8.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(Substring($0)) } == values)
    }

    @Test func aNameThatNoShellTakesIsChanged() {
        let text = ShellVariables(["my-data": "1", "2nd": "2", "a.b": "3", "a_b": "4", "": "5", "ä": "6"]).text
        #expect(text == "_='5'\n_2nd='2'\na_b='4'\nmy_data='1'\n")
    }
}
