import Testing

@testable import Recommenders

@Suite struct HeldOutRowsTests {
    @Test("of several ratings of a pair, only the last takes part in folds, so that none is both trained and tested on")
    func folds() throws {
        let dataset = try Dataset([("a", "x", 1), ("b", "x", 2), ("a", "x", 5), ("b", "y", 3)])
        // The first rating of a pair in the first fold, its correction in the second.
        let rows = HeldOutRows(Folds(testRows: [[0, 1], [2, 3]], rowCount: 4), of: dataset)
        #expect(rows.parts.map(\.train) == [[2, 3], [1]] && rows.parts.map(\.test) == [[1], [2, 3]])
        #expect(rows.leftOut == 1)
    }

    @Test("without repeated ratings folds are as they were")
    func noRepeats() throws {
        let dataset = try Dataset([("a", "x", 1), ("b", "x", 2), ("a", "y", 5), ("b", "y", 3)])
        let folds = Folds(testRows: [[3, 0], [2]], rowCount: 4)
        let rows = HeldOutRows(folds, of: dataset)
        #expect(rows.parts.map(\.train) == [[2, 1], [3, 0, 1]] && rows.parts.map(\.test) == folds.testRows && rows.leftOut == 0)
    }

    @Test("of a file to test on, pairs that are trained on are left out")
    func testFile() throws {
        let dataset = try Dataset([("a", "x", 1), ("b", "x", 2), ("a", "x", 5), ("a", "y", 3), ("b", "x", 2)])
        let rows = HeldOutRows(testingFrom: 2, of: dataset)
        #expect(rows.parts.map(\.train) == [[0, 1]] && rows.parts.map(\.test) == [[3]])
        #expect(rows.leftOut == 2)
    }
}
