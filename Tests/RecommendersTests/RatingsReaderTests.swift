import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct RatingsReaderTests {
    /// Each row of the file as `user|item|rating`.
    private func read(_ text: String) throws -> [String] {
        let folder = try TemporaryFolder()
        var dataset = Dataset()
        try RatingsReader.read(folder.write(text, to: "ratings"), into: &dataset)
        return (0..<dataset.rowCount).map { row in
            "\(dataset.users[Int(dataset.userOfRow[row])])|\(dataset.items[Int(dataset.itemOfRow[row])])|\(dataset.ratings[row])"
        }
    }

    @Test(
        "reads every separator, with or without header, timestamp and last line end",
        arguments: [
            ("", []),
            ("\n \n\t\n", []),
            ("user item rating timestamp\n", []),
            ("userId,movieId,rating,timestamp", []),
            ("196\t242\t3\t881250949\n", ["196|242|3.0"]),
            ("1,1,4.0,964982703\n1,3,4.5", ["1|1|4.0", "1|3|4.5"]),
            ("244 346 2 880606923", ["244|346|2.0"]),
            ("  244   346 2  ", ["244|346|2.0"]),
            ("user item rating\n\na b 1\r\nc d 2\r\n", ["a|b|1.0", "c|d|2.0"]),
            ("\n\nuser,item,rating\n1,2,3\n", ["1|2|3.0"]),
            ("\u{FEFF}userId,movieId,rating\n1,2,3\n", ["1|2|3.0"]),
            ("\u{FEFF}1,2,3\n", ["1|2|3.0"]),
            ("zoë,l'été à la mer,5\n", ["zoë|l'été à la mer|5.0"]),
            ("a b\tc,d\t-1.5e0\n", ["a b|c,d|-1.5"]),
            ("u,i,+3\nu,j,.5\nu,k,5.\nu,l,0.1234567890123456789", ["u|i|3.0", "u|j|0.5", "u|k|5.0", "u|l|0.12345678901234568"]),
            ("u i 1 2019-05-09T16:33:25", ["u|i|1.0"]),
        ])
    func valid(text: String, rows: [String]) throws {
        #expect(try read(text) == rows)
    }

    @Test(
        "refuses a line that is no rating, and says where it is",
        arguments: [
            ("1 2\n", ":1: the line has 2 fields"),
            ("lonely", ":1: the line has 1 field"),
            ("1,2,3,4,5", ":1: the line has 5 fields"),
            ("1 2 3\n\n1 2 x", ":3: the rating 'x' is not"),
            ("user,item,rating\nuser,item,rating", ":2: the rating 'rating' is not"),
            ("1 2 NaN", ":1: the rating 'NaN' is not"),
            ("1 2 inf", ":1: the rating 'inf' is not"),
            ("1 2 3x", ":1: the rating '3x' is not"),
            ("1 2 0x10", ":1: the rating '0x10' is not"),
            ("1 2 -", ":1: the rating '-' is not"),
            ("1 2 1e999", ":1: the rating '1e999' is not"),
            ("1 2 .", ":1: the rating '.' is not"),
            ("1,2,", ":1: the rating '' is not"),
            ("1 2 2e9", ":1: the rating 2000000000.0 is beyond"),
            (",2,3", ":1: the user is empty"),
            ("1\t\t3", ":1: the item is empty"),
        ])
    func invalid(text: String, message: String) throws {
        let error = try #require(throws: RecommenderError.self) { try read(text) }
        #expect(error.code == .invalidInput)
        #expect(error.message.contains("/ratings\(message)"))
        #expect(error.hint != nil)
    }

    @Test("refuses what is not UTF-8, and lines without end")
    func notText() throws {
        let folder = try TemporaryFolder()
        let latin1 = try folder.write(Data([0x61, 0x20, 0x62, 0x20, 0x31, 0x0A, 0xE9, 0x20, 0x62, 0x20, 0x31]), to: "latin1")
        let endless = try folder.write(String(repeating: "7", count: LineReader.usualLimit + 1), to: "endless")
        for (path, message) in [(latin1, "\(latin1):2: the line is not UTF-8"), (endless, "\(endless):1: the line is longer")] {
            var dataset = Dataset()
            let error = try #require(throws: RecommenderError.self) { try RatingsReader.read(path, into: &dataset) }
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test("reads lines across the ends of its buffer")
    func longFile() throws {
        let lines = (0..<40_000).map { "user\($0 % 977) item\($0) \($0 % 5)" }
        let rows = try read(lines.joined(separator: "\n"))
        #expect(rows == (0..<40_000).map { "user\($0 % 977)|item\($0)|\(Double($0 % 5))" })
    }

    @Test("says which file is missing")
    func missing() throws {
        var dataset = Dataset()
        let error = try #require(throws: RecommenderError.self) { try RatingsReader.read("/nowhere/ratings", into: &dataset) }
        #expect(error.code == .io)
        #expect(error.message == "Could not open '/nowhere/ratings': No such file or directory")
    }
}
