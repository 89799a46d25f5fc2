import TestSupport
import Testing

@testable import Recommenders

@Suite struct FoldsReaderTests {
    private func read(_ text: String, rowCount: Int) throws -> Folds {
        let folder = try TemporaryFolder()
        return try FoldsReader.read(folder.write(text, to: "folds"), rowCount: rowCount)
    }

    @Test("reads a fold a line, and trains on the others in the folds' order, then on the rows of no fold")
    func valid() throws {
        let folds = try read("4 0\n\n3,1\n", rowCount: 6)
        #expect(folds.testRows == [[4, 0], [3, 1]])
        #expect(folds.trainRows(for: 0) == [3, 1, 2, 5])
        #expect(folds.trainRows(for: 1) == [4, 0, 2, 5])
    }

    @Test("never trains on a row that it tests on, even where folds overlap")
    func overlapping() throws {
        let folds = try read("0 1\n1 2\n", rowCount: 3)
        #expect(folds.trainRows(for: 0) == [2])
        #expect(folds.trainRows(for: 1) == [0])
    }

    @Test(
        "refuses what is no row, and says where it is",
        arguments: [
            ("0 1\n2 6", ":2: row 6 is out of range: the ratings have rows 0 to 5"),
            ("-1", ":1: '-1' is not a row number"),
            ("1.5", ":1: '1.5' is not a row number"),
            ("99999999999999999999", ":1: '99999999999999999999' is not a row number"),
            ("3 3", ":1: row 3 stands twice in the fold"),
            ("\n", ": there is no fold in the file"),
        ])
    func invalid(text: String, message: String) throws {
        let error = try #require(throws: RecommenderError.self) { try read(text, rowCount: 6) }
        #expect(error.code == .invalidInput)
        #expect(error.message.hasSuffix("folds\(message)"))
    }
}
