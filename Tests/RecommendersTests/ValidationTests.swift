import Foundation
import class TestSupport.TemporaryFolder
import Testing

@testable import Recommenders

@Suite struct ValidationTests {
    private static let schema = """
        { "columns": [
            { "name": "user", "type": "text" },
            { "name": "item", "type": "text", "reference": "items.csv", "drift": { "new": 0.5, "top_overlap": 0.3 } },
            { "name": "rating", "type": "number", "minimum": 0.5, "maximum": 5, "drift": { "psi": 0.25 } },
            { "name": "time", "type": "integer", "required": false, "drift": { "missing": 0.1 } } ],
          "unique": ["user", "item", "time"],
          "limits": { "bad_rows": LIMIT, "rows": 1, "drift_rows": 100 } }
        """

    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("id,title\n" + (0..<1000).map { "i\($0),Title\n" }.joined(), to: "items.csv")
    }

    private func schema(badRows: Double = 1) throws -> Schema {
        try Schema(contentsOf: folder.write(Self.schema.replacingOccurrences(of: "LIMIT", with: "\(badRows)"), to: "schema.json"))
    }

    private func check(_ files: [String: String], badRows: Double = 1, previous: String? = nil, into output: String = "out") throws
        -> ValidationReport
    {
        let input = "in-\(UUID().uuidString)"
        for (name, text) in files { try folder.write(text, to: "\(input)/\(name)") }
        return try Validation(try schema(badRows: badRows), previous: previous.map { "\(folder.path)/\($0)" })
            .run(try FileTree.of("\(folder.path)/\(input)"), into: "\(folder.path)/\(output)")
    }

    /// Rows of ratings about a mean, of items from a number on; the same for the same seed.
    private static func rows(_ count: Int, mean: Double, firstItem: Int = 0, seed: UInt64) -> String {
        var random = SplitMix(seed: seed)
        return (0..<count).map { row in
            let rating = min(max(((mean + 2 * random.nextUnit() - 1) * 2).rounded() / 2, 0.5), 5)
            return "u\(row % 50)\ti\(firstItem + Int(random.nextUnit() * 100))\t\(rating)\t\(row)\n"
        }.joined()
    }

    @Test(
        "a bad row is kept aside with what is wrong; the others are not touched",
        arguments: [
            ("u\ti1\t6\t1", "rating: too large", "rating: too large: 6 is above 5"),
            ("u\ti1\t0\t1", "rating: too small", "rating: too small: 0 is below 0.5"),
            ("u\ti1\tNaN\t1", "rating: not a number", "rating: not a number: 'NaN'"),
            ("u\ti1\t\t1", "rating: missing", "rating: missing"),
            ("\ti1\t3\t1", "user: missing", "user: missing"),
            ("u\ti1\t3\t1.5", "time: not whole", "time: not whole: 1.5"),
            ("u\tnowhere\t3\t1", "item: unknown", "item: unknown: 'nowhere' is not in items.csv"),
            ("u\ti1", "number of fields", "number of fields: 2 fields, where there are 4 columns"),
            ("u\ti1\t3\t1\tx", "number of fields", "number of fields: 5 fields, where there are 4 columns"),
            ("u0\ti0\t1\t0", "duplicate", "duplicate: as f:1"),
        ])
    func badRow(line: String, kind: String, text: String) throws {
        let report = try check(["f": "u0\ti0\t3\t0\n\(line)\nu1\ti1\t4\n"])
        #expect(report.rows == 3 && report.bad == 1 && report.reasons == [kind: 1] && report.examples == ["f:2: \(text)"])
        #expect(try folder.read("out/rows/f") == "u0\ti0\t3\t0\nu1\ti1\t4\t\n")
        #expect(try folder.read("out/quarantine/f") == "2\t\(text)\t\(line)\n")
        #expect(report.columns["time"]?.missing == 1 && report.columns["rating"]?.present == 2)
        #expect(report.failures.isEmpty)
    }

    @Test("a row that is in an earlier file too is a duplicate")
    func duplicateAcrossFiles() throws {
        let report = try check(["a": "u\ti1\t3\t1\n", "b": "u\ti1\t3\t2\nu\ti1\t3\t1\n"])
        #expect(report.examples == ["b:2: duplicate: as a:1"])
        #expect(report.files == ["a": .init(rows: 1, bad: 0), "b": .init(rows: 2, bad: 1)])
    }

    @Test("limits are sentences of the report")
    func limits() throws {
        let report = try check(["f": "u\ti1\t3\t1\nu\ti1\t9\t1\nu\ti2\tx\n"], badRows: 0.5)
        #expect(report.failures == ["2 of 3 rows are bad, and a share of at most 0.5 may be"])
        #expect(try check(["f": "\n"]).failures == ["0 good rows, and there should be at least 1"])
        #expect(try check(["f": "u\ti1\t3\t1\nu\ti1\t9\t1\n"], badRows: 0.5).failures.isEmpty)
    }

    @Test("drift is measured between what is new and the last version, and stops beyond its limits")
    func drift() throws {
        let first = ["1": Self.rows(2000, mean: 3, seed: 1)]
        #expect(try check(first, into: "first").columns["rating"]?.drift == nil)
        // Of the same kind: times go on, so that no row is a duplicate.
        let alike = Self.rows(4000, mean: 3, seed: 2).split(separator: "\n").dropFirst(2000).joined(separator: "\n")
        let second = try check(first.merging(["2": alike]) { $1 }, previous: "first", into: "second")
        let calm = try #require(second.columns["rating"]?.drift?.psi)
        #expect(calm < 0.02 && second.newRows == 2000 && second.failures.isEmpty)
        #expect(try #require(second.columns["item"]?.drift?.topOverlap) > 0.9)
        #expect(try #require(second.columns["item"]?.drift?.new) < 0.05)

        let kinder = try check(first.merging(["2": Self.rows(2000, mean: 4, seed: 3)]) { $1 }, previous: "first")
        let failure = try #require(kinder.failures.first)
        #expect(kinder.failures.count == 1 && failure.hasPrefix("column 'rating' drifted: psi is "), "\(kinder.failures)")

        let others = try check(first.merging(["2": Self.rows(2000, mean: 3, firstItem: 500, seed: 4)]) { $1 }, previous: "first")
        #expect(others.failures.count == 2 && others.failures.allSatisfy { $0.hasPrefix("column 'item' drifted") }, "\(others.failures)")

        let timeless = Self.rows(200, mean: 3, seed: 5).split(separator: "\n").enumerated()
            .map { $1.split(separator: "\t").dropLast().joined(separator: "\t") + "\n" }
        let missing = try check(first.merging(["2": timeless.joined()]) { $1 }, previous: "first")
        #expect(missing.columns["time"]?.drift?.missing == 1)
        #expect(missing.failures == ["column 'time' drifted: missing is 1.0, and should be at most 0.1"])
    }

    @Test("where no text is frequent, nothing is said of how many stayed so", arguments: [2000, 2001])
    func nothingFrequent(count: Int) throws {
        func rows(_ users: Range<Int>) -> String { users.map { "u\($0)\ti1\t3\t1\n" }.joined() }
        _ = try check(["1": rows(0..<count)], into: "first")
        let second = try check(["1": rows(0..<count), "2": rows(count..<count + 200)], previous: "first", into: "second")
        #expect(second.columns["user"]?.drift?.topOverlap == (count == 2000 ? 0 : nil))
        #expect(try folder.read("second/report.json").contains("\"rows\""))
    }

    @Test("too few new rows say nothing about drift, and rows that are not new have none")
    func fewRows() throws {
        let first = ["1": Self.rows(2000, mean: 3, seed: 1)]
        _ = try check(first, into: "first")
        let few = try check(first.merging(["2": Self.rows(99, mean: 5, firstItem: 900, seed: 2)]) { $1 }, previous: "first")
        #expect(few.newRows == nil && few.columns["rating"]?.drift == nil && few.failures.isEmpty)
    }

    @Test("drift that comes in pieces adds up until there are enough rows to measure it on")
    func slowDrift() throws {
        var files = ["1": Self.rows(2000, mean: 3, seed: 1)]
        _ = try check(files, into: "first")
        files["2"] = Self.rows(60, mean: 5, firstItem: 900, seed: 2)
        #expect(try check(files, previous: "first", into: "second").failures.isEmpty)
        // Nothing new, so that nothing is measured, forgets nothing.
        #expect(try check(files, previous: "second", into: "third").failures.isEmpty)
        files["3"] = Self.rows(60, mean: 5, firstItem: 900, seed: 3)
        let report = try check(files, previous: "third", into: "fourth")
        #expect(report.newRows == 120)
        #expect(report.failures.contains { $0.hasPrefix("column 'rating' drifted: psi is ") }, "\(report.failures)")
    }

    @Test("a file that was removed is new when it comes back, also where too few new rows came meanwhile")
    func returnedFile() throws {
        let (first, other) = (Self.rows(2000, mean: 3, seed: 1), Self.rows(200, mean: 5, firstItem: 900, seed: 2))
        _ = try check(["1": first, "2": other], into: "first")
        let few = Self.rows(60, mean: 5, firstItem: 900, seed: 3)
        #expect(try check(["1": first, "3": few], previous: "first", into: "second").newRows == nil)
        #expect(try check(["1": first, "2": other, "3": few], previous: "second").newRows ?? 0 >= 200)
    }

    @Test("rows that were put aside before are bad ones, and the report shows the first")
    func putAside() throws {
        let input = try folder.write("u\ti1\t3\t1\n", to: "in/f")
        let lines = "7\tno rating\tu\ti1\n9\tnot UTF-8\t\(String(repeating: "x", count: 70_000))\n"
        try folder.write(lines, to: "aside/f")
        let report = try Validation(try schema(badRows: 0.5)).run(
            try FileTree.of(input), aside: "\(folder.path)/aside", into: "\(folder.path)/out")
        #expect(report.aside == 2 && report.rows == 1 && report.bad == 0)
        #expect(report.failures == ["2 of 3 rows are bad, 2 of them put aside before, and a share of at most 0.5 may be"])
        #expect(report.examples.first == "f:7: no rating: u\ti1" && report.examples.count == 2, "\(report.examples)")
        #expect(report.examples.allSatisfy { $0.utf8.count < 300 })
    }

    @Test("a line that is too long is a bad row")
    func longLine() throws {
        let long = String(repeating: "x", count: 70_000)
        let report = try check(["f": "u\ti1\t3\t1\n\(long)\nu\ti2\t3\t1\n"])
        #expect(report.rows == 3 && report.bad == 1 && report.reasons == ["too long": 1])
        #expect(try folder.read("out/quarantine/f").hasPrefix("2\ttoo long: longer than 65536 bytes, of which these are the first\txxx"))
    }

    @Test("equal rows give equal bytes, and so they do after themselves")
    func sameBytes() throws {
        let files = ["1": Self.rows(500, mean: 3, seed: 1), "2": "u\ti1\t9\n"]
        _ = try check(files, into: "a")
        _ = try check(files, into: "b")
        _ = try check(files, previous: "a", into: "c")
        for name in ["rows/1", "rows/2", "quarantine/2", "sketches.json", "report.json"] {
            #expect(try folder.read("a/\(name)") == folder.read("b/\(name)"))
            #expect(try folder.read("a/\(name)") == folder.read("c/\(name)"))
        }
    }

    @Test("what an earlier run on the same file put aside goes, and nothing else; the others are told")
    func leftovers() throws {
        _ = try check(["f": "bad\nu\ti1\t3\t1\n", "gone": "u\ti1\t3\t2\nbad\n", "day/gone": "u\ti1\t3\t3\n"])
        try folder.write("mine", to: "out/notes/rows.txt")
        try folder.write("elsewhere", to: "elsewhere/file")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/out/rows/link", withDestinationPath: "\(folder.path)/elsewhere")
        _ = try check(["f": "u\ti1\t3\t1\n"])
        let others = try EarlierOutput(in: "\(folder.path)/out", reading: []).settleRows(["f": false])
        #expect(others == ["quarantine/gone", "rows/day/gone", "rows/gone"])
        let left = try FileTree.of("\(folder.path)/out").files.map(\.relativePath)
        #expect(left == (others + ["notes/rows.txt", "report.json", "rows/f", "rows/link/file", "sketches.json"]).sorted())
    }

    @Test("rows that are read where they are written stay, those that were put aside too")
    func inPlace() throws {
        try folder.write("1\twrong\tline\n", to: "out/quarantine/aside")
        try folder.write("u\ti1\t3\t1\n", to: "out/rows/day/f")
        let (tree, aside) = (try FileTree.of("\(folder.path)/out/rows/day"), try FileTree.of("\(folder.path)/out/quarantine"))
        _ = try Validation(try schema()).run(tree, aside: "\(folder.path)/out/quarantine", into: "\(folder.path)/out")
        #expect(try EarlierOutput(in: "\(folder.path)/out", reading: tree.files + aside.files).settleRows(["f": false]) == [])
        let left = try FileTree.of("\(folder.path)/out").files.map(\.relativePath)
        #expect(left == ["quarantine/aside", "report.json", "rows/day/f", "rows/f", "sketches.json"])
    }

    @Test("a comma-separated file has to have the header that the schema says, and loses it")
    func header() throws {
        let text = #"{"separator": "comma", "header": true, "columns": [{"name": "a", "type": "text"}, {"name": "b", "type": "number"}]}"#
        let schema = try Schema(contentsOf: folder.write(text, to: "s.json"))
        let good = try FileTree.of(folder.write("a, b\nx , 1\n", to: "good.csv"))
        #expect(try Validation(schema).run(good, into: "\(folder.path)/out").failures.isEmpty)
        #expect(try folder.read("out/rows/good.csv") == "x\t1\n")
        let bad = try FileTree.of(folder.write("b,a\n1,x\n", to: "bad.csv"))
        let error = try #require(throws: RecommenderError.self) { _ = try Validation(schema).run(bad, into: "\(folder.path)/out") }
        #expect(error.message.hasSuffix("the header is 'b, a', and the schema has 'a, b'"))
    }

    @Test(
        "a schema that cannot be meant is refused, with the place",
        arguments: [
            ("{", "is not a schema"),
            ("{}", "'columns' is missing"),
            (#"{"columns": []}"#, "it has to have columns"),
            (#"{"columns": [{"name": "a", "type": "float"}]}"#, "at columns.0.type"),
            (#"{"columns": [{"name": "a", "type": "text", "drift": {"pzi": 1}}]}"#, "Did you mean 'psi'?"),
            (#"{"columns": [{"name": "a", "type": "text"}, {"name": "a", "type": "text"}]}"#, "no two of the same name"),
            (#"{"columns": [{"name": "user", "type": "text"}], "unique": ["usr"]}"#, "Did you mean 'user'?"),
            (#"{"columns": [{"name": "a", "type": "text"}], "limits": {"bad_rows": 2}}"#, "'bad_rows' is a share"),
            (#"{"columns": [{"name": "a", "type": "text"}], "limit": {}}"#, "Did you mean 'limits'?"),
            (#"{"columns": [{"name": "a", "type": "text", "minimum": 1}]}"#, "column 'a' is text, and 'minimum' is for numbers"),
            (#"{"columns": [{"name": "a", "type": "text", "maximum": 1}]}"#, "column 'a' is text, and 'maximum' is for numbers"),
            (#"{"columns": [{"name": "a", "type": "text", "drift": {"psi": 1}}]}"#, "column 'a' is text, and 'psi' is for numbers"),
            (
                #"{"columns": [{"name": "a", "type": "number", "drift": {"top_overlap": 1}}]}"#,
                "column 'a' is of numbers, and 'top_overlap' is for text"
            ),
            (
                #"{"columns": [{"name": "a", "type": "integer", "minimum": 2, "maximum": 1}]}"#,
                "column 'a' can have no value: its minimum, 2, is above its maximum, 1"
            ),
        ])
    func badSchema(text: String, message: String) throws {
        let path = try folder.write(text, to: "bad.json")
        let error = try #require(throws: RecommenderError.self) { _ = try Schema(contentsOf: path) }
        #expect(error.code == .invalidInput && error.message.contains(path) && error.message.contains(message), "\(error.message)")
    }
}
