import Testing

@testable import Recommenders

@Suite struct TrainsetTests {
    @Test("groups ratings by user, both in order of first appearance, the last rating of a pair counting")
    func grouping() throws {
        let dataset = try Dataset([("b", "x", 1), ("a", "x", 2), ("b", "y", 3), ("b", "x", 5), ("a", "z", 4)])
        let trainset = try Trainset(dataset)
        #expect(Array(trainset.byUser.starts) == [0, 2, 4])
        #expect(Array(trainset.byUser.others) == [0, 1, 0, 2])
        #expect(Array(trainset.byUser.values) == [5, 3, 2, 4])
        #expect(trainset.mean == 3.5)
        #expect(trainset.userCount == 2 && trainset.itemCount == 3 && trainset.ratingCount == 4)
    }

    @Test("knows only the users and items of its rows, in the order of these")
    func someRows() throws {
        let dataset = try Dataset([("a", "x", 1), ("b", "y", 2), ("c", "z", 3), ("a", "z", 4)])
        let trainset = try Trainset(dataset, rows: [3, 1])
        #expect(trainset.users.outer == [0, 1])
        #expect(trainset.itemNumbers.outer == [2, 1])
        #expect(trainset.users.number(of: 2) == nil)
        #expect(trainset.itemNumbers.number(of: 0) == nil)
        #expect(Array(trainset.byUser.values) == [4, 2])
    }

    @Test("groups ratings by item in order of the rows, corrected ones in the place of the first")
    func byItem() throws {
        let dataset = try Dataset([("b", "x", 1), ("a", "y", 9), ("c", "x", 2), ("a", "x", 3), ("b", "x", 5), ("b", "y", 4), ("a", "y", 6)])
        let byItem = try Trainset(dataset, rows: [0, 1, 2, 3, 4, 5, 6]).byItem
        #expect(Array(byItem.starts) == [0, 3, 5])
        #expect(Array(byItem.others) == [0, 2, 1, 1, 0])
        #expect(Array(byItem.values) == [5, 2, 3, 6, 4])
        #expect(byItem.means == [10.0 / 3, 5])
        #expect(byItem.deviations[1] == 1)
    }

    @Test("is on the scale of the ratings that count, as a model is and what is measured")
    func scale() throws {
        let dataset = try Dataset([("a", "x", 50), ("b", "x", 2), ("a", "x", 5), ("b", "y", 1)])
        #expect(try Trainset(dataset).scale == RatingScale(lower: 1, upper: 5))
        #expect(try RatingModel(training: NormalPredictor(), on: dataset).scale == RatingScale(lower: 1, upper: 5))
        let (_, predictions) = try Evaluation(of: dataset).run(SVD(), train: [0, 1, 2], test: [3])
        #expect(predictions[0].estimate >= 2 && predictions[0].estimate <= 5)
    }

    @Test("needs a rating")
    func empty() throws {
        let error = try #require(throws: RecommenderError.self) { try Trainset(Dataset()) }
        #expect(error.code == .noRatings)
    }
}

extension Dataset {
    init(_ rows: [(user: String, item: String, rating: Double)]) throws {
        self.init()
        for row in rows { try append(user: row.user, item: row.item, rating: row.rating) }
    }

    /// Ratings from 1 to 5 of a world where tastes are a sum of small integers, so that there is something to learn.
    static func made(users: Int, items: Int) throws -> Dataset {
        var dataset = Dataset()
        for user in 0..<users {
            for item in 0..<items where (user * 7 + item * 3) % 4 != 0 {
                try dataset.append(user: "u\(user)", item: "i\(item)", rating: Double(1 + (user % 3 + item % 3)))
            }
        }
        return dataset
    }
}
