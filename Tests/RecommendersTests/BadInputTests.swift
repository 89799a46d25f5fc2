import Foundation
import TestSupport
import Testing

@testable import Recommenders

/// What docs/bad-input.md says of input that nobody wants, for every algorithm.
@Suite struct BadInputTests {
    @Test("baselines that run away are an error, and no model", arguments: ["baseline-only", "knn-baseline", "knn-basic"])
    func divergedBaselines(name: String) throws {
        var algorithm = try Algorithms.named(name)
        for (option, value) in [("method", "sgd"), ("learning_rate", "1"), ("reg", "100"), ("n_epochs", "200")] {
            try algorithm.set(option, to: value)
        }
        if name == "knn-basic" { try algorithm.set("sim", to: "pearson_baseline") }
        let trainset = try Trainset(try Dataset([("a", "x", 1), ("a", "y", 5), ("b", "x", 3)]))
        #expect(try #require(throws: RecommenderError.self) { try algorithm.fit(trainset, on: .whole) }.code == .diverged)
    }

    private typealias Row = (user: String, item: String, rating: Double)

    /// Inputs that can be learnt from, odd as they are.
    private static let odd: [(name: String, rows: [Row])] = [
        ("one rating", [("a", "x", 3)]), ("one user", [("a", "x", 3), ("a", "y", 1), ("a", "z", 5)]),
        ("one item", [("a", "x", 3), ("b", "x", 1), ("c", "x", 5)]),
        ("constant ratings", [("a", "x", 4), ("a", "y", 4), ("b", "x", 4), ("b", "y", 4), ("c", "y", 4)]),
        ("zeros", [("a", "x", 0), ("b", "x", 0), ("b", "y", 0)]),
        ("below zero", [("a", "x", -1), ("a", "y", -3), ("b", "x", -2)]),
        // The last two look the same, spelt with other code points.
        ("identifiers", [("a b", "日本 🎬", 1), ("", "y", 5), ("\u{E9}", "y", 2), ("e\u{301}", "y", 4), ("-1", "0", 3)]),
        ("the same pair again", [("a", "x", 1), ("a", "x", 5), ("b", "x", 2), ("a", "x", 3)]),
        ("extremes", [("a", "x", -1e9), ("b", "x", 1e9), ("b", "y", 0)]),
    ]

    private static let names = Algorithms.names + RankingAlgorithms.names

    /// Trains a model of either kind, quickly.
    private static func train(_ name: String, on dataset: Dataset, scale: RatingScale? = nil) throws -> Recommender {
        if RankingAlgorithms.names.contains(name) {
            return Recommender(try RankingModel(training: RankingAlgorithms.named(name), on: dataset))
        }
        var algorithm = try Algorithms.named(name)
        if name == BayesianFactorisation.name { try algorithm.set("n_epochs", to: "20") }
        let model = try RatingModel(training: algorithm, on: dataset, scale: scale)
        for user in (0..<dataset.users.count).map({ dataset.users[$0] }) + ["?"] {
            for item in (0..<dataset.items.count).map({ dataset.items[$0] }) + ["?"] {
                let estimate = model.estimate(user: user, item: item)
                #expect(estimate >= model.scale.lower && estimate <= model.scale.upper, "\(name): \(user), \(item)")
            }
        }
        return Recommender(model)
    }

    @Test("nothing to train on is said", arguments: names)
    func nothing(name: String) throws {
        let error = try #require(throws: RecommenderError.self) { try Self.train(name, on: Dataset()) }
        #expect(error.code == .noRatings && error.message == "There are no ratings to train on")
    }

    @Test("odd input gives estimates on the scale and lists of items that the user does not have, or is said to diverge", arguments: names)
    func odd(name: String) throws {
        for (what, rows) in Self.odd {
            let dataset = try Dataset(rows)
            do {
                let recommender = try Self.train(name, on: dataset)
                let seen = recommender.seen(in: dataset)
                for list in recommender.lists(9, for: Array(Set(rows.map(\.user))), without: seen) {
                    let had = rows.filter { $0.user.utf8.elementsEqual(list.user.utf8) }.map(\.item)
                    #expect(
                        Set(list.items).isDisjoint(with: had) && list.items.count == Set(rows.map(\.item)).count - Set(had).count, "\(what)"
                    )
                }
                _ = recommender.lists(9, for: ["?"])
            } catch let error as RecommenderError {
                #expect(error.code == .diverged && (what == "extremes" || (what == "below zero" && name == "nmf")), "\(what): \(error)")
            }
        }
    }

    @Test("ratings beyond the scale that is asked for are learnt from, and estimates stay on it", arguments: Algorithms.names)
    func beyond(name: String) throws {
        let dataset = try Dataset([("a", "x", 0), ("a", "y", 9), ("b", "x", 5), ("b", "z", 7), ("c", "y", 3)])
        _ = try Self.train(name, on: dataset, scale: RatingScale(lower: 1, upper: 5))
    }

    @Test("times at both ends of 64 bits, and before the first of their days' midnights, are learnt from", arguments: names)
    func times(name: String) throws {
        var dataset = Dataset()
        for (row, time) in [Int64.min + 1, -9_223_372_036_854_774_784, -86_401, .max - 1, .max].enumerated() {
            try dataset.append(user: "u\(row % 2)", item: "i\(row)", rating: Double(row), time: time)
        }
        _ = try Self.train(name, on: dataset)
    }

    @Test(
        "comparing all with each other in more memory than there is is refused before it begins",
        arguments: ["knn-baseline", "knn-basic", "knn-with-means", "knn-with-zscore", "slope-one", "blend", "ease", "item-knn", "user-knn"])
    func memory(name: String) throws {
        let dataset = try Dataset.made(users: 12, items: 9)
        let machine = Machine(threads: 1, kernels: .widest, memory: 300)
        let error = try #require(throws: RecommenderError.self) {
            if RankingAlgorithms.names.contains(name) {
                _ = try RankingModel(training: RankingAlgorithms.named(name), on: dataset, machine: machine)
            } else {
                _ = try RatingModel(training: Algorithms.named(name), on: dataset, machine: machine)
            }
        }
        #expect(error.code == .invalidInput && error.hint != nil)
        #expect(error.message.hasPrefix("Comparing \(error.message.contains("users") ? "12 users" : "9 items") with each other takes "))
    }

    @Test("keeping more draws than there is memory for is refused before it begins, with what was asked for and what helps")
    func draws() throws {
        let dataset = try Dataset.made(users: 12, items: 9)
        var algorithm = BayesianFactorisation()
        (algorithm.factors, algorithm.epochs, algorithm.burnIn) = (20, 100_000, 1000)
        let machine = Machine(threads: 1, kernels: .widest, memory: 200_000_000)
        let error = try #require(throws: RecommenderError.self) {
            _ = try RatingModel(training: algorithm, on: dataset, machine: machine)
        }
        #expect(error.code == .invalidInput)
        // A row of 20 factors and a bias has 32 places of four bytes.
        #expect(
            error.message
                == "Keeping 99000 draws of 20 factors for 12 users, 9 items and 0 days takes 0.3 GB, and the machine has 0.2")
        #expect(error.hint?.contains("'n_epochs'") == true && error.hint?.contains("'n_factors'") == true)
    }

    @Test(
        "a rating that is no number is said with its file and line",
        arguments: ["nan", "NaN", "inf", "-inf", "", "1e10", "four", "3,5", "٣"])
    func numbers(text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a\tx\t3\nb\ty\t\(text)\n", to: "ratings")
        var dataset = Dataset()
        let error = try #require(throws: RecommenderError.self) { try RatingsReader.read(path, into: &dataset) }
        #expect(error.code == .invalidInput && error.message.hasPrefix("\(path):2: ") && error.hint != nil)
        #expect(throws: RecommenderError.self) { try dataset.append(user: "a", item: "x", rating: .nan) }
    }

    @Test("a file that holds no model, half of one or an altered one is said with its name, whatever it is asked for", arguments: names)
    func models(name: String) throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset.made(users: 6, items: 5)
        let path = folder.path + "/model"
        if RankingAlgorithms.names.contains(name) {
            try RankingModel(training: RankingAlgorithms.named(name), on: dataset).write(to: path)
        } else {
            var algorithm = try Algorithms.named(name)
            if name == BayesianFactorisation.name { try algorithm.set("n_epochs", to: "20") }
            try RatingModel(training: algorithm, on: dataset).write(to: path)
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var altered = bytes
        altered[bytes.count - 3] ^= 4
        var older = bytes
        older[8] = 2
        for (wrong, code) in [
            (Data(), RecommenderError.Code.corruptModel), (Data("a\tx\t3\n".utf8), .corruptModel),
            (bytes.prefix(bytes.count / 2), .corruptModel),
            (altered, .corruptModel), (older, .unsupportedModel),
        ] {
            try folder.write(wrong, to: "model")
            let errors = [
                try #require(throws: RecommenderError.self) { try Recommender(contentsOf: path) },
                try #require(throws: RecommenderError.self) { try ModelDescription(contentsOf: path) },
            ]
            for error in errors { #expect(error.code == code && error.message.hasPrefix("\(path): ") && error.hint != nil, "\(error)") }
        }
        #expect(try #require(throws: RecommenderError.self) { try Recommender(contentsOf: folder.path + "/none") }.code == .io)
    }
}
