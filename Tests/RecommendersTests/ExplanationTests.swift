import Foundation
import TestSupport
import Testing

@testable import Recommenders

@Suite struct ExplanationTests {
    /// Each algorithm, those with neighbours so that some pairs have more than count, and others too few.
    private static let variants: [(name: String, options: [(String, String)])] =
        AlgorithmTests.variants
        + ["knn-basic", "knn-with-means", "knn-with-zscore", "knn-baseline"].flatMap { name in
            ["true", "false"].map { (name, [("user_based", $0), ("k", "4"), ("min_k", "3")]) }
        }

    /// The first ratings of MovieLens latest-small.
    private static func ratings(_ count: Int) throws -> Dataset {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("pipelines/train/sample/ml-latest-small/ratings.csv")
        let lines = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline).prefix(count)
        let folder = try TemporaryFolder()
        var dataset = Dataset()
        try RatingsReader.read(try folder.write(lines.joined(separator: "\n"), to: "ratings.csv"), into: &dataset)
        return dataset
    }

    @Test("parts add up to the estimate, and terms to their part", arguments: variants)
    func sums(_ variant: (name: String, options: [(String, String)])) throws {
        let dataset = try Self.ratings(1200)
        var algorithm = try Algorithms.named(variant.name, seed: 3)
        // How well it learns is of no interest here.
        if algorithm.settings.contains(where: { $0.name == "n_epochs" }) { try algorithm.set("n_epochs", to: "5") }
        for (option, value) in variant.options { try algorithm.set(option, to: value) }
        // Narrower than the ratings, so that estimates are clipped.
        let model = try RatingModel(training: algorithm, on: dataset, scale: RatingScale(lower: 2, upper: 4))
        let given = Dictionary(
            (0..<dataset.rowCount).map { row in
                ([dataset.users[Int(dataset.userOfRow[row])], dataset.items[Int(dataset.itemOfRow[row])]], dataset.ratings[row])
            }, uniquingKeysWith: { $1 })
        let seed = UInt64(ProcessInfo.processInfo.environment["SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        var generator = MersenneTwister(seed: seed)
        let items = (0..<12).map { _ in dataset.items[generator.next(below: dataset.items.count)] } + ["?"]
        for user in (0..<dataset.users.count).map({ dataset.users[$0] }) + ["?"] {
            for item in items {
                let about: Comment = "\(user), \(item), SEED=\(seed)"
                let found = model.explanation(user: user, item: item)
                #expect(found.parts.reduce(0) { $0 + $1.value } == found.sum, about)
                #expect(model.scale.clip(found.sum) == found.estimate && found.estimate == model.estimate(user: user, item: item), about)
                #expect(found.knowsUser == (user != "?") && found.knowsItem == (item != "?"), about)
                let estimate = model.estimator.estimate(
                    user: model.users.number(of: user.utf8.span), item: model.items.number(of: item.utf8.span))
                #expect((estimate == nil) == (found.fallback != nil) && found.sum == estimate ?? model.mean, about)
                #expect(Set(found.parts.map(\.name)).count == found.parts.count, about)
                for part in found.parts {
                    if part.name == "rounding" { #expect(part.value.magnitude < 1e-5, about) }
                    guard let terms = part.terms else { continue }
                    let (sum, size) = terms.reduce((0.0, 0.0)) { ($0.0 + $1.contribution, $0.1 + $1.contribution.magnitude) }
                    #expect((sum - part.value).magnitude <= Double(terms.count) * 0x1p-51 * size, about)
                    for term in terms {
                        guard let rating = term.rating else { continue }
                        #expect(given[[term.user ?? user, term.item ?? item]] == rating, about)
                    }
                }
            }
        }
    }

    @Test("the parts of a score add up to what lists give, and terms to their part", arguments: RankingAlgorithms.names)
    func scores(name: String) throws {
        let dataset = try Self.ratings(400)
        var algorithm = try RankingAlgorithms.named(name, seed: 3)
        for (option, value) in [("n_factors", "20"), ("k", "30")] {
            if algorithm.settings.contains(where: { $0.name == option }) { try algorithm.set(option, to: value) }
        }
        let model = try RankingModel(training: algorithm, on: dataset)
        let users = (0..<dataset.users.count).map { dataset.users[$0] } + ["?"]
        for keeping in [false, true] {
            for list in Recommender(model).lists(8, for: users, keepingTrained: keeping, scoring: true) {
                for (item, score) in zip(list.items, try #require(list.scores)) {
                    let found = try model.explanation(user: list.user, item: item)
                    let about: Comment = "\(list.user), \(item)"
                    #expect(found.sum == score && found.parts.reduce(0) { $0 + $1.value } == score, about)
                    #expect(found.knowsUser == (list.user != "?") && (found.fallback == nil) == found.knowsUser, about)
                    #expect(keeping || found.seen == false, about)
                    for part in found.parts {
                        if part.name == "rounding" { #expect(part.value.magnitude < 1e-5, about) }
                        guard let terms = part.terms else { continue }
                        let (sum, size) = terms.reduce((0.0, 0.0)) { ($0.0 + $1.contribution, $0.1 + $1.contribution.magnitude) }
                        #expect((sum - part.value).magnitude <= Double(terms.count) * 0x1p-22 * size, about)
                    }
                }
            }
        }
        let error = try #require(throws: RecommenderError.self) { try model.explanation(user: "1", item: "?") }
        #expect(error.code == .invalidOption && error.message.contains("does not know the item '?'"))
    }

    @Test("the items that a user has speak for a score, and are told by name")
    func items() throws {
        let dataset = try Dataset([("a", "x", 1), ("b", "x", 1), ("b", "y", 1), ("c", "x", 1), ("c", "y", 1), ("d", "y", 1)])
        let found = try RankingModel(training: ItemNeighbours(), on: dataset).explanation(user: "a", item: "y")
        #expect(found.parts.first?.terms?.map(\.item) == ["x"] && found.sum == Float(2.0 / 3).shortestDouble && found.seen == false)
        let had = try RankingModel(training: Popularity(), on: dataset).explanation(user: "a", item: "x")
        #expect(had.seen == true && had.sum == 3)
    }

    private static func explanation(
        _ user: String, _ item: String, by name: String, _ options: [String: String] = [:]
    ) throws -> Explanation {
        var algorithm = try Algorithms.named(name)
        for (option, value) in options { try algorithm.set(option, to: value) }
        let dataset = try Dataset([
            ("a", "x", 4), ("a", "y", 2), ("b", "x", 4), ("b", "y", 2), ("b", "z", 5), ("c", "x", 5), ("c", "z", 1),
        ])
        return try RatingModel(training: algorithm, on: dataset).explanation(user: user, item: item)
    }

    @Test("neighbours are named with their similarities and ratings, the nearest first")
    func neighbours() throws {
        let found = try Self.explanation("a", "z", by: "knn-basic")
        // By mean squared differences of what they have in common, b is at 0 from a, and c at 1.
        let terms = try #require(found.parts.last?.terms)
        #expect(terms.map(\.user) == ["b", "c"] && terms.map(\.similarity) == [1, 0.5] && terms.map(\.rating) == [5, 1])
        #expect(terms.map(\.weight) == [1 / 1.5, 0.5 / 1.5] && found.estimate == 5.5 / 1.5)
        let nearest = try Self.explanation("a", "z", by: "knn-basic", ["k": "1"])
        #expect(nearest.parts.map(\.value) == [5] && nearest.parts.first?.terms?.map(\.user) == ["b"])
    }

    @Test("why the mean stands in is told, and what is left of an estimate where neighbours are too few")
    func fallback() throws {
        let few = try Self.explanation("a", "z", by: "knn-basic", ["min_k": "3"])
        #expect(few.fallback == "there are fewer than 3 users like this one who rated the item")
        #expect(few.parts.map(\.name) == ["mean"] && few.estimate == 23 / 7.0)
        let own = try Self.explanation("a", "z", by: "knn-with-means", ["min_k": "3"])
        #expect(own.fallback == nil && own.parts.map(\.name) == ["user_mean", "neighbours"] && own.parts.map(\.value) == [3, 0])
        let stranger = try Self.explanation("?", "z", by: "knn-with-means")
        #expect(stranger.fallback == "it takes a user and an item that the model knows" && !stranger.knowsUser && stranger.knowsItem)
        #expect(try Self.explanation("?", "z", by: "svd").parts.map(\.name) == ["mean", "item_bias"])
    }

    @Test("an algorithm from outside of the library that tells nothing of its estimates has one part")
    func outside() throws {
        let model = try RatingModel(training: UserMean(), on: Dataset([("a", "x", 1), ("b", "x", 3)]))
        #expect(model.explanation(user: "a", item: "x").parts.map(\.value) == [model.estimate(user: "a", item: "x")])
        #expect(model.explanation(user: "?", item: "x").parts.map(\.name) == ["mean"])
    }
}
