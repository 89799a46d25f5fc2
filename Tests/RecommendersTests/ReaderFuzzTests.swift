import Foundation
import TestSupport
import Testing

@testable import Recommenders

/// Readers of text, fed with lines that were spoilt at random.
@Suite struct ReaderFuzzTests {
    private static let seeds = [
        "196\t242\t3\t881250949\n186\t302\t3\t891717742\n", "userId,movieId,rating\n1,2,4.5\nzoë,日本,1\n", "a x 1\nb y 5 7\n",
        "\u{FEFF}1,1,4.0,964982703\r\n", "0 1 2\n3,4\n",
    ]
    private static let bytes: [UInt8] = [0, 9, 10, 13, 32, 34, 44, 43, 45, 46, 48, 57, 69, 101, 0x7F, 0x80, 0xC3, 0xE2, 0xEF, 0xFF]

    @Test("whatever the bytes, a reader takes them or says where they are wrong")
    func fuzz() throws {
        let folder = try TemporaryFolder()
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        var random = MersenneTwister(seed: seed)
        for _ in 0..<600 {
            var text = Array(Self.seeds[random.next(below: Self.seeds.count)].utf8)
            for _ in 0..<random.next(below: 6) {
                let position = random.next(below: text.count + 1)
                switch random.next(below: 3) {
                case 0: text.insert(Self.bytes[random.next(below: Self.bytes.count)], at: position)
                case 1 where position < text.count: text.remove(at: position)
                default: text.insert(contentsOf: text[position...].prefix(random.next(below: 30)), at: position)
                }
            }
            let path = try folder.write(Data(text), to: "input")
            var ratings = Dataset()
            let comment: Comment = "SEED=\(seed)"
            Self.expectLocated(path, comment) { () throws(RecommenderError) in try RatingsReader.read(path, into: &ratings) }
            #expect(ratings.ratings.allSatisfy { $0.magnitude <= RatingsReader.ratingLimit }, comment)
            var others = Dataset()
            Self.expectLocated(path, comment) { () throws(RecommenderError) in try InteractionsReader.read(path, into: &others) }
            Self.expectLocated(path, comment) { () throws(RecommenderError) in try FeaturesReader.read(path, of: .items, into: &others) }
            Self.expectLocated(path, comment) { () throws(RecommenderError) in _ = try FoldsReader.read(path, rowCount: 5) }
        }
    }

    /// Expects no error, or one that names the file.
    private static func expectLocated(_ path: String, _ comment: Comment, _ read: () throws(RecommenderError) -> Void) {
        do {
            try read()
        } catch {
            #expect(error.code == .invalidInput && error.message.hasPrefix("\(path):"), "\(error.message), \(comment)")
        }
    }
}
