import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct RankingModelTests {
    private static let pairs: [(user: String, item: String, rating: Double)] = [
        ("zoë", "x", 1), ("a", "y", 1), ("a", "x", 1), ("日本", "z z", 1), ("b", "y", 1), ("b", "z z", 1), ("c", "x", 1), ("c", "w", 1),
    ]

    private static func algorithm(_ name: String, seed: UInt64 = 5) throws -> any RankingAlgorithm {
        var algorithm = try RankingAlgorithms.named(name, seed: seed)
        for (option, value) in [("n_factors", "3"), ("n_epochs", "2"), ("reg", "1"), ("k", "2")] {
            if algorithm.settings.contains(where: { $0.name == option }) { try algorithm.set(option, to: value) }
        }
        return algorithm
    }

    private static func model(_ name: String, seed: UInt64 = 5) throws -> RankingModel {
        try RankingModel(training: algorithm(name, seed: seed), on: Dataset(pairs))
    }

    /// The model, read from bytes that are not to be trusted.
    private static func read(_ bytes: [UInt8], verifying: Bool = true) throws(RecommenderError) -> RankingModel {
        try RankingModel(SectionFile(Column(copying: bytes)), verifying: verifying)
    }

    private static let users = ["zoë", "a", "日本", "b", "c", "?"]

    @Test(
        "the same seed gives the same bytes at any number of threads, and the same numbers with any instruction set",
        arguments: RankingAlgorithms.names)
    func machines(name: String) throws {
        let dataset = try Dataset.made(users: 100, items: 50)
        var learnt: Set<[[UInt8]]> = []
        for isa in Machine.instructionSets {
            var files: Set<[UInt8]> = []
            for threads in 1...3 {
                let model = try RankingModel(
                    training: RankingAlgorithms.named(name, seed: 1), on: dataset, machine: Machine(threads: threads, instructionSet: isa))
                files.insert(try model.encoded())
                learnt.insert(model.sections.filter { $0.name != "settings" }.map { Array($0.content) })
            }
            #expect(files.count == 1, "\(isa)")
            for file in files { #expect(try Self.read(file).instructionSet == isa) }
        }
        #expect(learnt.count == 1)
    }

    @Test("a model comes back as it was, and gives the lists of what was trained", arguments: RankingAlgorithms.names)
    func roundTrip(name: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/model"
        let model = try Self.model(name)
        try model.write(to: path)
        let dataset = try Dataset(Self.pairs)
        let trainset = try Trainset(dataset)
        let lists = try Self.top(Self.algorithm(name), trainset)
        for verifying in [true, false] {
            let read = try RankingModel(contentsOf: path, verifying: verifying)
            #expect(try read.encoded() == model.encoded())
            #expect(type(of: read.algorithm).name == name && read.pairCount == 8 && read.userCount == 5 && read.itemCount == 4)
            let recommender = Recommender(read)
            #expect(recommender.lists(3, for: Self.users.dropLast()).map(\.items) == lists)
            var all: [Recommender.List] = []
            recommender.forEachList(3, scoring: true) { all.append($0) }
            #expect(all == recommender.lists(3, for: Array(Self.users.dropLast()), scoring: true))
            for scores in all.map(\.scores) { #expect(scores == scores?.sorted(by: >)) }
        }
        let error = try #require(throws: RecommenderError.self) { try RatingModel(contentsOf: path) }
        #expect(error.code == .unsupportedModel && error.message.hasPrefix("\(path): It is a model of \(name), which ranks items"))
        let found = try ModelDescription(contentsOf: path)
        #expect(found.algorithm == name && found.mean == nil && found.scale == nil && found.ratings == 8)
    }

    private static func top(_ algorithm: some RankingAlgorithm, _ trainset: Trainset) throws -> [[String]] {
        try algorithm.fit(trainset, on: .whole).top(3, for: 0..<trainset.userCount, of: trainset).map {
            $0.map { ["x", "y", "z z", "w"][$0] }
        }
    }

    @Test("every truncation is noticed, and something after the end")
    func truncation() throws {
        let bytes = try Self.model("item-knn").encoded()
        for length in 0..<bytes.count {
            #expect(throws: RecommenderError.self) { try Self.read(Array(bytes[..<length]), verifying: false) }
        }
        #expect(throws: RecommenderError.self) { try Self.read(bytes + [0], verifying: false) }
    }

    @Test("a change of any byte is noticed, or without verifying does no harm", arguments: RankingAlgorithms.names)
    func flips(name: String) throws {
        let bytes = try Self.model(name).encoded()
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= UInt8(1 << (position % 8))
            #expect(throws: RecommenderError.self, "byte \(position)") { try Self.read(changed) }
            Self.use(changed, verifying: false)
        }
    }

    /// Asks a model whose bytes are not to be trusted for lists: of different items that it has, or a throw of the right code.
    private static func use(_ bytes: [UInt8], verifying: Bool, _ comment: Comment = "") {
        do {
            let model = try read(bytes, verifying: verifying)
            let recommender = Recommender(model)
            for list in recommender.lists(3, for: users, on: Machine(threads: 1, kernels: .widest)) {
                #expect(list.items.count <= 3, comment)
                // Of a file that was not verified an identifier may not be found.
                if verifying, let item = list.items.first { _ = try model.explanation(user: list.user, item: item) }
            }
        } catch {
            #expect([.corruptModel, .unsupportedModel].contains(error.code), comment)
        }
    }

    @Test("a file whose checksums are right but whose content is not throws or gives lists", arguments: RankingAlgorithms.names)
    func forgery(name: String) throws {
        let sections = try Self.model(name).sections.map { (name: $0.name, content: Array($0.content)) }
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        var generator = MersenneTwister(seed: seed)
        let folder = try TemporaryFolder()
        for _ in 0..<200 {
            var forged = sections
            let victim = generator.next(below: forged.count)
            let count = forged[victim].content.count
            switch generator.next(below: 4) {
            case 0: forged[victim].content.removeLast(generator.next(below: count + 1))
            case 1: forged[victim].content.append(UInt8(truncatingIfNeeded: generator.next()))
            default:
                guard count > 0 else { continue }
                // Extreme bytes make extreme sizes, offsets and infinities.
                forged[victim].content[generator.next(below: count)] = [0, 1, 0x7F, 0x80, 0xFF][generator.next(below: 5)]
            }
            try SectionFile.write(forged.map { ($0.name, Column(copying: $0.content)) }, to: folder.path + "/model")
            let bytes = Array(try MappedFile.bytes(of: folder.path + "/model"))
            for verifying in [true, false] { Self.use(bytes, verifying: verifying, "SEED=\(seed)") }
        }
    }

    @Test("docs/model-format.md names every section", arguments: RankingAlgorithms.names)
    func document(name: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/model-format.md"), encoding: .utf8)
        for section in try Self.model(name).sections { #expect(text.contains("`\(section.name)`"), "\(section.name)") }
        #expect(text.contains("**\(name)") || text.contains(", \(name)"))
    }

    // MARK: Lists

    @Test("leaves out what was trained on and what else a user has, unless told to keep it; strangers get what most liked")
    func seen() throws {
        let recommender = Recommender(try Self.model("popularity"))
        #expect(recommender.knowsSeen && recommender.knows("a") && !recommender.knows("?"))
        // x has three users, y and z z two, w one.
        #expect(recommender.lists(9, for: ["a", "?"]).map(\.items) == [["z z", "w"], ["x", "y", "z z", "w"]])
        #expect(recommender.lists(1, for: ["a"], keepingTrained: true).map(\.items) == [["x"]])
        #expect(recommender.lists(9, for: ["a", "?"], scoring: true).map(\.scores) == [[2, 1], [3, 2, 2, 1]])
        let more = recommender.seen(in: try Dataset([("a", "w", 1), ("?", "x", 1), ("?", "new", 1), ("nobody", "new", 1)]))
        #expect(
            recommender.lists(9, for: ["a", "?", "nobody"], without: more).map(\.items) == [
                ["z z"], ["y", "z z", "w"], ["x", "y", "z z", "w"],
            ])
        #expect(recommender.lists(9, for: ["a"], without: more, keepingTrained: true).map(\.items) == [["x", "y", "z z"]])
    }

    @Test("a blend scores what a user has too, as its parts do, and everything else as if that were not there")
    func keptScores() throws {
        let model = try RankingModel(training: Blend(), on: Dataset.made(users: 60, items: 20))
        let recommender = Recommender(model)
        let user = "u1"
        let kept = recommender.lists(20, for: [user], keepingTrained: true, scoring: true)[0]
        let left = recommender.lists(20, for: [user], scoring: true)[0]
        let scores = Dictionary(uniqueKeysWithValues: zip(kept.items, try #require(kept.scores)))
        for (item, score) in zip(left.items, try #require(left.scores)) { #expect(scores[item] == score) }
        let had = kept.items.filter { !left.items.contains($0) }
        #expect(!had.isEmpty && had.contains { scores[$0] != 0 })
        for item in had {
            let explanation = try model.explanation(user: user, item: item)
            #expect(explanation.seen == true && explanation.parts.contains { $0.name == EASE.name })
        }
    }

    @Test("a model that estimates ratings lists items by its estimates", arguments: Algorithms.names)
    func estimates(name: String) throws {
        let dataset = try Dataset.made(users: 9, items: 12)
        let model = try RatingModel(training: Algorithms.named(name, seed: 1), on: dataset)
        let recommender = Recommender(model)
        #expect(!recommender.knowsSeen)
        let seen = recommender.seen(in: dataset)
        for list in recommender.lists(12, for: ["u1", "u8"], without: seen) {
            let had = Set(
                (0..<dataset.rowCount).filter { dataset.users[Int(dataset.userOfRow[$0])] == list.user }
                    .map { dataset.items[Int(dataset.itemOfRow[$0])] })
            #expect(had.isDisjoint(with: list.items) && Set(list.items).count == list.items.count && list.items.count == 12 - had.count)
            // Clipping to the scale makes equals of what is beyond it, and lists are single precision.
            let estimates = list.items.map { model.estimate(user: list.user, item: $0) }
            #expect(zip(estimates, estimates.dropFirst()).allSatisfy { $0 >= $1 - 1e-4 }, "\(estimates)")
        }
        for list in recommender.lists(12, for: ["u1", "?"], scoring: true) {
            #expect(list.scores == list.items.map { model.estimate(user: list.user, item: $0) })
        }
        let stranger = recommender.lists(12, for: ["?"])[0].items
        #expect(stranger.isEmpty || stranger.count == 12)
        #expect(stranger.isEmpty == ["nmf", "knn-basic", "knn-with-means", "knn-with-zscore", "slope-one", "co-clustering"].contains(name))
    }

    @Test("lists go by estimates before they are kept on the scale, which tells those apart that are kept at its end")
    func beyondTheScale() throws {
        let dataset = try Dataset.made(users: 9, items: 12)
        let lists = try [RatingScale(lower: -100, upper: 100), RatingScale(lower: 3, upper: 3.1)].map { scale in
            Recommender(try RatingModel(training: Algorithms.named("svd", seed: 1), on: dataset, scale: scale))
                .lists(12, for: ["u1"], scoring: true)[0]
        }
        #expect(lists[0].items == lists[1].items)
        let (wide, narrow) = (try #require(lists[0].scores), try #require(lists[1].scores))
        #expect(narrow == wide.map { min(max($0, 3), 3.1) })
        #expect(Set(wide).count == 12 && Set(narrow).count < 12, "the scale makes no difference to any")
    }

    @Test("lists are CSV with quotes where they have to be")
    func csv() {
        var list = Recommender.List(user: "a,b", items: ["x", "say \"y\""])
        #expect(list.csv == "\"a,b\",x\n\"a,b\",\"say \"\"y\"\"\"\n")
        list.scores = [2, 0.1]
        #expect(list.csv == "\"a,b\",x,2.0\n\"a,b\",\"say \"\"y\"\"\",0.1\n")
    }
}

extension RankingModel {
    /// The bytes of the model's file.
    func encoded() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try write(to: folder.path + "/model")
        return Array(try MappedFile.bytes(of: folder.path + "/model"))
    }
}
