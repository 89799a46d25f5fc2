import Foundation
import Testing

@testable import Recommenders

@Suite struct ModelFileTests {
    private let dataset: Dataset
    private let model: RatingModel
    private let bytes: [UInt8]

    init() throws {
        var svd = SVD(seed: 5)
        svd.factors = 3
        svd.epochs = 2
        dataset = try Dataset([("zoë", "x", 1), ("a", "y", 4.5), ("a", "x", 2), ("日本", "zz", 5), ("b", "y", 3)])
        model = try RatingModel(training: svd, on: dataset)
        bytes = model.encoded()
    }

    @Test("the same input gives the same bytes, another seed others")
    func determinism() throws {
        #expect(try RatingModel(training: model.algorithm, on: dataset).encoded() == bytes)
        var other = model.algorithm
        other.seed = 6
        #expect(try RatingModel(training: other, on: dataset).encoded() != bytes)
    }

    @Test("a model comes back as it was")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.path + "/deep/model"
        try model.write(to: path)
        let read = try RatingModel(contentsOf: path)
        #expect(read.encoded() == bytes)
        #expect(read.algorithm == model.algorithm)
        #expect(read.scale == model.scale)
        #expect(read.ratingCount == 5 && read.userCount == 4 && read.itemCount == 3)
        for user in ["zoë", "a", "b", "日本", "", "?", "zoe"] {
            for item in ["x", "y", "zz", "z", "?"] {
                #expect(read.estimate(user: user, item: item) == model.estimate(user: user, item: item))
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep") == ["model"])
    }

    @Test("sections are aligned for mapping")
    func alignment() throws {
        let file = try SectionFile(bytes)
        for name in Self.sections { #expect(try file.section(name, count: nil, of: 1).startIndex % 64 == 0) }
    }

    @Test("every truncation is noticed")
    func truncation() {
        for length in 0..<bytes.count {
            #expect(throws: RecommenderError.self) { try RatingModel(decoding: Array(bytes[..<length])) }
        }
    }

    @Test("something after the end is noticed")
    func trailing() {
        #expect(throws: RecommenderError.self) { try RatingModel(decoding: bytes + [0]) }
    }

    @Test("a change of any byte is noticed")
    func flips() {
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= UInt8(1 << (position % 8))
            #expect(throws: RecommenderError.self, "byte \(position)") { try RatingModel(decoding: changed) }
        }
    }

    @Test("a file whose checksums are right but whose content is not throws or gives estimates on its scale", arguments: 0..<20)
    func forgery(seed: UInt64) throws {
        let file = try SectionFile(bytes)
        let contents = try Self.sections.map { (name: $0, content: Array(try file.section($0, count: nil, of: 1))) }
        var generator = MersenneTwister(seed: seed)
        for _ in 0..<100 {
            var forged = contents
            let victim = Int(generator.next()) % forged.count
            switch generator.next() % 4 {
            case 0:
                forged[victim].content.removeLast(Int(generator.next()) % (forged[victim].content.count + 1))
            case 1:
                forged[victim].content.append(UInt8(truncatingIfNeeded: generator.next()))
            default:
                // Extreme bytes make extreme sizes, offsets and infinities.
                let position = Int(generator.next()) % forged[victim].content.count
                let choices = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: generator.next())]
                forged[victim].content[position] = choices[Int(generator.next()) % choices.count]
            }
            let bytes = SectionFile.encode(kind: 1, forged)
            do {
                let model = try RatingModel(decoding: bytes)
                for (user, item) in [("a", "x"), ("zoë", "?"), ("?", "?"), ("日本", "zz")] {
                    let estimate = model.estimate(user: user, item: item)
                    #expect(estimate >= model.scale.lower && estimate <= model.scale.upper, "seed \(seed)")
                }
            } catch {
                #expect([.corruptModel, .unsupportedModel].contains(error.code), "seed \(seed)")
            }
        }
    }

    @Test("sections that are missing, twice there, or too many are refused")
    func tables() throws {
        let file = try SectionFile(bytes)
        let contents = try Self.sections.map { (name: $0, content: Array(try file.section($0, count: nil, of: 1))) }
        #expect(throws: RecommenderError.self) { try RatingModel(decoding: SectionFile.encode(kind: 1, contents + [contents[0]])) }
        for missing in contents.indices {
            var some = contents
            let name = some.remove(at: missing).name
            let error = try #require(throws: RecommenderError.self) { try RatingModel(decoding: SectionFile.encode(kind: 1, some)) }
            #expect(error.message == "The model cannot be read: it has no section '\(name)'")
        }
    }

    @Test("another version or kind is named as such")
    func versions() throws {
        var other = bytes
        other[8] = 2
        #expect(try #require(throws: RecommenderError.self) { try RatingModel(decoding: other) }.code == .unsupportedModel)
        let kind = SectionFile.encode(kind: 2, [])
        #expect(try #require(throws: RecommenderError.self) { try RatingModel(decoding: kind) }.code == .unsupportedModel)
    }

    @Test("a bad file is named")
    func names() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = try folder.write("model", "not a model")
        let error = try #require(throws: RecommenderError.self) { try RatingModel(contentsOf: path) }
        #expect(error.message == "\(path): The model cannot be read: it is not a model file")
    }

    @Test(
        "checksums are those of xxHash",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func checksums(text: String, expected: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes(XXHash64.hash) == expected)
    }

    private static let sections = [
        "settings", "user.ids", "user.off", "user.ord", "item.ids", "item.off", "item.ord", "user.bia", "item.bia", "user.fac", "item.fac",
    ]
}
