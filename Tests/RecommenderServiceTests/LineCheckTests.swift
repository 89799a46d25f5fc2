import Foundation
import Model
import TestSupport
import Testing

@testable import RecommenderService
@testable import Recommenders

@Suite struct LineCheckTests {
    private let ratings = LineCheck.ratings(scale: nil, limits: .init())

    @Test func linesAreStoredWithOneSpaceBetweenFields() throws {
        let content = try ratings.content(of: [.text("244 346 2 880606923"), .text("\t244  355\t3.5 880606924 ")])
        #expect(String(decoding: content, as: UTF8.self) == "244 346 2 880606923\n244 355 3.5 880606924\n")
    }

    @Test(arguments: [
        ("1 2 3", "it has 3 fields, not the 4 of 'user item rating timestamp'"),
        ("1 2 3 4 5", "it has 5 fields, not the 4 of 'user item rating timestamp'"),
        ("", "it has 0 fields, not the 4 of 'user item rating timestamp'"),
        ("1 2 good 4", "the rating 'good' is not a number"),
        ("1 2 nan 4", "the rating 'nan' is not a number"),
        ("1 2 inf 4", "the rating 'inf' is not a number"),
        ("1 2 0x1p3 4", "the rating '0x1p3' is not a number"),
        ("1 2 1e300 4", "the rating '1e300' is not a number"),
        ("1 2 3 4.5", "the timestamp '4.5' is not a whole number"),
        ("1 2 3 now", "the timestamp 'now' is not a whole number"),
        ("1 \u{301}5 2 3 4", "it has 5 fields, not the 4 of 'user item rating timestamp'"),
        ("1,5 2 3 4", "the user '1,5' holds a comma, which separates fields"),
        ("1\n5 2 3 4", "the user '1\\n5' holds a control character"),
        ("1 \u{0} 3 4", "the item '\\0' holds a control character"),
        ("\u{FEFF}1 2 3 4", "the user '\u{FEFF}1' holds a byte order mark"),
        ("\u{FEFF} 346 2 880606923", "the user '\u{FEFF}' holds a byte order mark"),
    ])
    func mistakesAreNamed(_ line: String, _ mistake: String) throws {
        let error = #expect(throws: PachError.self) { try ratings.content(of: [.text("1 2 3 4"), .text(line)]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "line 2 of 'data' cannot be used: \(mistake)")
        #expect(error?.details.first?.line == 2)
        #expect(error?.details.first?.pointer == "/data/1")
        #expect(error?.hint == "Send {\"data\": [\"244 346 2 880606923\"]}: lines 'user item rating timestamp'.")
    }

    @Test func allMistakesAreToldUpToALimit() {
        let error = #expect(throws: PachError.self) {
            try ratings.content(of: [.noText] + Array(repeating: .text("x"), count: 100))
        }
        #expect(error?.details.count == LineCheck.mistakeCountMax)
        #expect(error?.details.first?.message == "it is not a string")
    }

    @Test func ratingsCanBeHeldToAScale() throws {
        let check = LineCheck.ratings(scale: try RatingScale(lower: 0.5, upper: 5), limits: .init())
        _ = try check.content(of: [.text("1 2 0.5 4"), .text("1 2 5 4")])
        let error = #expect(throws: PachError.self) { try check.content(of: [.text("1 2 6 4")]) }
        #expect(error?.details.first?.message == "the rating 6 is not on the scale from 0.5 to 5.0")
    }

    @Test func requestsHaveTwoFields() throws {
        let check = LineCheck.requests(limits: .init())
        #expect(String(decoding: try check.content(of: [.text("größe 346")]), as: UTF8.self) == "größe 346\n")
        #expect(throws: PachError.self) { try check.content(of: [.text("1 2 3")]) }
    }

    @Test func whatIsAcceptedThePipelinesReadersGiveBack() async throws {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000)
        var random = MersenneTwister(seed: seed)
        func text(of parts: [String], most: Int) -> String {
            (0...random.next(below: most)).map { _ in parts[random.next(below: parts.count)] }.joined()
        }
        let parts = [
            "1", "user", "ö", "日本", "\u{301}", "\u{FEFF}", "\u{200D}", "\u{A0}", "\u{85}", "\u{2028}", "\"", "#", ";", ",", "\r", "\n",
            "\0", "\t", " ", "-",
        ]
        let numbers = ["0", "5", "3", ".", "-", "+", "e", "E", "99", "x", "\u{FEFF}", "٣"]
        try await withTemporaryFolder { folder in
            let file = URL(fileURLWithPath: "\(folder)/lines")
            var acceptedCount = 0
            for _ in 0..<4000 {
                let (user, item) = (text(of: parts, most: 3), text(of: parts, most: 3))
                let line = "\(user) \(item) \(text(of: numbers, most: 3)) \(text(of: numbers, most: 2))"
                for (check, line) in [(LineCheck.requests(limits: .init()), "\(user) \(item)"), (ratings, line)] {
                    let content: [UInt8]
                    do throws(PachError) {
                        content = try check.content(of: [.text(line)])
                    } catch {
                        continue
                    }
                    acceptedCount += 1
                    try Data(content).write(to: file)
                    let fields = line.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { String($0) ?? "" }
                    let comment: Comment = "\(quoted(line)), SEED=\(seed)"
                    var found: [[String]] = []
                    #expect(throws: Never.self, comment) {
                        if fields.count == 2 {
                            try RequestsReader.forEachRequest(of: file.path) { user, item in found.append([String(user), String(item)]) }
                        } else {
                            var dataset = Dataset()
                            try RatingsReader.read(file.path, into: &dataset)
                            found = [[dataset.users[0], dataset.items[0]]]
                            #expect(dataset.ratings == [Double(fields[2])], comment)
                        }
                    }
                    #expect(found.map { $0.map { Array($0.utf8) } } == [fields.prefix(2).map { Array($0.utf8) }], comment)
                }
            }
            #expect(acceptedCount > 100, "SEED=\(seed)")
        }
    }

    @Test func requestsAreBounded() {
        var limits = FrontConfiguration.Limits()
        limits.lineCountMax = 2
        limits.lineByteCountMax = 8
        let check = LineCheck.requests(limits: limits)
        #expect(throws: PachError.self) { try check.content(of: []) }
        let tooMany = #expect(throws: PachError.self) { try check.content(of: Array(repeating: .text("1 2"), count: 3)) }
        #expect(tooMany?.code == .tooLarge)
        #expect(throws: PachError.self) { try check.content(of: [.text("123456 89")]) }
    }
}
