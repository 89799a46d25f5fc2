import Testing

@testable import Recommenders

@Suite struct IdentifierTableTests {
    @Test("numbers identifiers in order of first appearance")
    func order() throws {
        var table = IdentifierTable()
        for number in 0..<5000 { #expect(try table.insert("id\(number)".utf8.span) == number) }
        for number in 0..<5000 { #expect(try table.insert("id\(number)".utf8.span) == number) }
        #expect(table.count == 5000)
        #expect(table[4321] == "id4321")
        #expect(table.number(of: "id17") == 17)
        #expect(table.number(of: "id5000") == nil)
    }

    @Test("tells identifiers apart by bytes, not by looks")
    func normalisation() throws {
        var table = IdentifierTable()
        let composed = "\u{E9}"
        let decomposed = "e\u{301}"
        #expect(composed == decomposed)
        #expect(try table.insert(composed.utf8.span) == 0)
        #expect(try table.insert(decomposed.utf8.span) == 1)
    }
}
