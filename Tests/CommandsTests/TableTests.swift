import Testing

@testable import Commands

@Suite("Table")
struct TableTests {
    @Test("columns line up by what a terminal shows, not by characters")
    func wide() {
        var table = Table(["NAME", "SIZE"])
        table.append(["数据", "1"])
        table.append(["été", "2"])
        table.append(["e\u{301}te\u{301}", "3"])
        table.append(["🎉.txt", "4"])
        #expect(
            table.text(color: false, columns: nil) == """
                NAME   SIZE
                数据   1
                été    2
                e\u{301}te\u{301}    3
                🎉.txt 4

                """)
    }

    @Test("no line ends in blanks")
    func blanks() {
        var table = Table(["NAME", "SIZE", "DESCRIPTION"])
        table.append(["a", "1", ""])
        table.append(["b", "", ""])
        #expect(table.text(color: false, columns: nil) == "NAME SIZE DESCRIPTION\na    1\nb\n")
    }

    @Test("free text is cut to fit a terminal")
    func cut() {
        var table = Table(["NAME", "DESCRIPTION"], .cut("DESCRIPTION", to: 0))
        table.append(["a", "A long description"])
        #expect(table.text(color: false, columns: 15) == "NAME DESCRIPTI…\na    A long de…\n")
        #expect(table.text(color: false, columns: nil) == "NAME DESCRIPTION\na    A long description\n")
    }

    @Test("coloured text is cut too, colours and all")
    func cutColored() {
        var table = Table(["NAME", "DESCRIPTION"], .cut("DESCRIPTION", to: 0))
        table.append(["a", Cell("failed: no such file", .red)])
        #expect(table.text(color: true, columns: 15) == "NAME DESCRIPTI…\na    \u{1B}[31mfailed: n…\u{1B}[0m\n")
    }

    @Test("columns are given up in order, and no more than it takes")
    func concessions() {
        var table = Table(["NAME", "VERSION", "INPUT", "STATE"], .cut("INPUT", to: 7), .drop("VERSION"), .cut("NAME", to: 3))
        table.append(["edges", "12", "(images ⨯ weights)", "running"])
        let whole = "NAME  VERSION INPUT              STATE\nedges 12      (images ⨯ weights) running\n"
        #expect(table.text(color: false, columns: nil) == whole)
        #expect(table.text(color: false, columns: 40) == whole && table.fits(40) && !table.fits(39))
        #expect(table.text(color: false, columns: 32) == "NAME  VERSION INPUT      STATE\nedges 12      (images ⨯… running\n")
        #expect(
            table.text(color: false, columns: 28) == "NAME  INPUT          STATE\nedges (images ⨯ wei… running\n", "cut less than before")
        #expect(table.text(color: false, columns: 19) == "NA… INPUT   STATE\ned… (image… running\n")
        #expect(table.text(color: false, columns: 1) == "NA… INPUT   STATE\ned… (image… running\n", "there is no more to give up")
    }

    @Test("control characters in names are made visible")
    func control() {
        var table = Table(["NAME"])
        table.append([Cell("a\nb\u{1B}[31m")])
        #expect(table.text(color: false, columns: nil) == "NAME\na\\nb\\u{1B}[31m\n")
    }

    @Test("colours do not move columns")
    func colors() {
        var table = Table(["STATE", "X"])
        table.append([Cell("failure", .red), "1"])
        table.append([Cell("ok", .green), "2"])
        #expect(table.text(color: true, columns: nil) == "STATE   X\n\u{1B}[31mfailure\u{1B}[0m 1\n\u{1B}[32mok\u{1B}[0m      2\n")
    }
}
