import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct ModelFileTests {
    private static func model(_ name: String, seed: UInt64 = 5) throws -> RatingModel {
        var algorithm = try Algorithms.named(name, seed: seed)
        for (option, value) in [("n_factors", "3"), ("n_epochs", "2"), ("lr_bu", "0.01")] {
            if algorithm.settings.contains(where: { $0.name == option }) { try algorithm.set(option, to: value) }
        }
        return try RatingModel(
            training: algorithm, on: Dataset([("zoë", "x", 1), ("a", "y", 4.5), ("a", "x", 2), ("日本", "zz", 5), ("b", "y", 3)]))
    }

    @Test("the same input gives the same bytes, another seed others", arguments: Algorithms.names)
    func determinism(name: String) throws {
        #expect(try Self.model(name).encoded() == Self.model(name).encoded())
        if type(of: try Algorithms.named(name)).isRandom { #expect(try Self.model(name, seed: 6).encoded() != Self.model(name).encoded()) }
    }

    @Test("a model comes back as it was", arguments: Algorithms.names)
    func roundTrip(name: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/deep/model"
        let model = try Self.model(name)
        try model.write(to: path)
        for verifying in [true, false] {
            let read = try RatingModel(contentsOf: path, verifying: verifying)
            #expect(try read.encoded() == model.encoded())
            #expect(type(of: read.algorithm).name == name)
            #expect(read.algorithm.settings.map { "\($0)" } == model.algorithm.settings.map { "\($0)" })
            #expect(read.scale == model.scale)
            #expect(read.ratingCount == 5 && read.userCount == 4 && read.itemCount == 3)
            for user in ["zoë", "a", "b", "日本", "", "?", "zoe"] {
                for item in ["x", "y", "zz", "z", "?"] {
                    #expect(read.estimate(user: user, item: item) == model.estimate(user: user, item: item))
                }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep") == ["model"])
    }

    @Test("the settings are text")
    func settings() throws {
        let text = String(decoding: try SectionFile(Column(copying: Self.model("svd").encoded())).content(of: "settings"), as: UTF8.self)
        #expect(
            text == """
                algorithm svd
                arithmetic 2
                isa \(Machine.whole.instructionSet)
                users 4
                items 3
                ratings 5
                mean 3.1
                scale 1.0 5.0
                set n_factors 3
                set n_epochs 2
                set biased true
                set init_mean 0.0
                set init_std_dev 0.1
                set random_state 5
                set lr_all 0.005
                set reg_all 0.02

                """)
    }

    @Test("a description says how the model was trained, and of what parts its file is")
    func description() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/model"
        let model = try Self.model("svd")
        try model.write(to: path)
        let found = try ModelDescription(contentsOf: path)
        #expect(found.algorithm == "svd" && found.options["n_factors"] == "3" && found.isa == Machine.whole.instructionSet)
        #expect(found.users == 4 && found.items == 3 && found.ratings == 5 && found.scale == [1, 5] && found.verified)
        #expect(found.sections.map(\.name) == model.sections.map(\.name))
        var bytes = try model.encoded()
        #expect(found.bytes == bytes.count)
        bytes[bytes.count - 1] ^= 1
        try folder.write(Data(bytes), to: "model")
        #expect(throws: RecommenderError.self) { try ModelDescription(contentsOf: path) }
        #expect(try !ModelDescription(contentsOf: path, verifying: false).verified)
    }

    @Test("docs/model-format.md names the version and every section", arguments: Algorithms.names)
    func document(name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/model-format.md"), encoding: .utf8)
        #expect(text.contains("Version \(SectionFile.version)."))
        for section in try Self.model(name).sections { #expect(text.contains("`\(section.name)`"), "\(section.name)") }
        #expect(text.contains("**\(name)") || text.contains(", \(name)"))
    }

    @Test("sections are aligned for mapping")
    func alignment() throws {
        let bytes = Column(copying: try Self.model("svd").encoded())
        let file = try SectionFile(bytes)
        for (name, content) in try Self.model("svd").sections where content.count > 0 {
            #expect((try file.content(of: name).start - bytes.start) % 64 == 0)
        }
    }

    @Test("every truncation is noticed, and something after the end", arguments: ["svd", "knn-baseline"])
    func truncation(name: String) throws {
        let bytes = try Self.model(name).encoded()
        for length in 0..<bytes.count {
            #expect(throws: RecommenderError.self) { try RatingModel(decoding: Column(copying: bytes[..<length]), verifying: false) }
        }
        #expect(throws: RecommenderError.self) { try RatingModel(decoding: Column(copying: bytes + [0]), verifying: false) }
    }

    @Test("a change of any byte is noticed, or without verifying does no harm", arguments: Algorithms.names)
    func flips(name: String) throws {
        let bytes = try Self.model(name).encoded()
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= UInt8(1 << (position % 8))
            #expect(throws: RecommenderError.self, "byte \(position)") { try RatingModel(decoding: Column(copying: changed)) }
            Self.use(changed, verifying: false)
        }
    }

    /// Estimates with a model whose bytes are not to be trusted: finite numbers on the scale, or a throw of the right code.
    private static func use(_ bytes: [UInt8], verifying: Bool, _ comment: Comment = "") {
        do {
            let model = try RatingModel(decoding: Column(copying: bytes), verifying: verifying)
            for (user, item) in [("a", "x"), ("zoë", "?"), ("?", "?"), ("日本", "zz")] {
                let estimate = model.estimate(user: user, item: item)
                #expect(estimate >= model.scale.lower && estimate <= model.scale.upper, comment)
                #expect(model.explanation(user: user, item: item).estimate == estimate, comment)
            }
        } catch {
            #expect([.corruptModel, .unsupportedModel].contains(error.code), comment)
        }
    }

    @Test("a file whose checksums are right but whose content is not throws or gives estimates on its scale", arguments: Algorithms.names)
    func forgery(name: String) throws {
        let sections = try Self.model(name).sections.map { (name: $0.name, content: Array($0.content)) }
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        var generator = MersenneTwister(seed: seed)
        for _ in 0..<300 {
            var forged = sections
            let victim = Int(generator.next()) % forged.count
            let count = forged[victim].content.count
            switch generator.next() % 4 {
            case 0:
                forged[victim].content.removeLast(Int(generator.next()) % (count + 1))
            case 1:
                forged[victim].content.append(UInt8(truncatingIfNeeded: generator.next()))
            default:
                guard count > 0 else { continue }
                // Extreme bytes make extreme sizes, offsets and infinities.
                let position = Int(generator.next()) % count
                let choices = [0, 1, 0x7F, 0x80, 0xFF, UInt8(truncatingIfNeeded: generator.next())]
                forged[victim].content[position] = choices[Int(generator.next()) % choices.count]
            }
            Self.use(try Self.encode(forged), verifying: true, "SEED=\(seed)")
        }
    }

    private static func encode(_ sections: [(name: String, content: [UInt8])]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try SectionFile.write(sections.map { ($0.name, Column(copying: $0.content)) }, to: folder.path + "/model")
        return Array(try MappedFile.bytes(of: folder.path + "/model"))
    }

    @Test("sections that are missing or twice there are refused", arguments: Algorithms.names)
    func tables(name: String) throws {
        let sections = try Self.model(name).sections.map { (name: $0.name, content: Array($0.content)) }
        let twice = Column(copying: try Self.encode(sections + [sections[0]]))
        #expect(throws: RecommenderError.self) { try RatingModel(decoding: twice) }
        for missing in sections.indices {
            var some = sections
            let name = some.remove(at: missing).name
            let bytes = Column(copying: try Self.encode(some))
            let error = try #require(throws: RecommenderError.self) { try RatingModel(decoding: bytes) }
            #expect(error.message == "The model cannot be read: it has no section '\(name)'")
        }
    }

    @Test("another version, arithmetic or algorithm is named as such")
    func versions() throws {
        var bytes = try Self.model("svd").encoded()
        bytes[8] = 2
        let old = try #require(throws: RecommenderError.self) { try RatingModel(decoding: Column(copying: bytes)) }
        #expect(old.code == .unsupportedModel)
        #expect(old.message == "The model is of format version 2, and this program reads version 3")
        #expect(try #require(old.hint).contains("Train the model again"))
        var sections = try Self.model("svd").sections.map { (name: $0.name, content: Array($0.content)) }
        let settings = String(decoding: sections[0].content, as: UTF8.self)
        for (old, new) in [("arithmetic 2", "arithmetic 3"), ("algorithm svd", "algorithm svd3")] {
            sections[0].content = Array(settings.replacingOccurrences(of: old, with: new).utf8)
            let other = Column(copying: try Self.encode(sections))
            #expect(try #require(throws: RecommenderError.self) { try RatingModel(decoding: other) }.code == .unsupportedModel)
        }
    }

    @Test("a bad file is named")
    func names() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [("model", "not a model"), ("empty", "")] {
            let path = try folder.write(text, to: name)
            let error = try #require(throws: RecommenderError.self) { try RatingModel(contentsOf: path) }
            #expect(error.message == "\(path): The model cannot be read: it is not a model file")
        }
        let error = try #require(throws: RecommenderError.self) { try RatingModel(contentsOf: folder.path) }
        #expect(error.message == "Could not read '\(folder.path)': it is not a file")
    }

    @Test(
        "checksums are those of xxHash",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func checksums(text: String, expected: UInt64) {
        #expect(Array(text.utf8).withUnsafeBytes(XXHash64.hash) == expected)
    }
}
