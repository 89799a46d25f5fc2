import CKernels
import Foundation
import class TestSupport.TemporaryFolder
import Testing

@testable import Recommenders

@Suite struct RankingTests {
    /// Two circles of users, each with items of its own, and one item that all like.
    private static func circles() throws -> Dataset {
        var dataset = Dataset()
        for user in 0..<40 {
            let circle = user % 2
            for item in 0..<8 where (user / 2 + item) % 4 != 0 {
                try dataset.append(user: "u\(user)", item: "c\(circle)-\(item)", rating: 1)
            }
            if user != 0 { try dataset.append(user: "u\(user)", item: "all", rating: 1) }
        }
        return dataset
    }

    @Test("finds what the user's circle likes", arguments: RankingAlgorithms.names.filter { $0 != Popularity.name })
    func circle(name: String) throws {
        let dataset = try Self.circles()
        let trainset = try Trainset(dataset)
        var algorithm = try RankingAlgorithms.named(name)
        if name == ImplicitALS.name { for (option, value) in [("reg", "1"), ("n_factors", "4")] { try algorithm.set(option, to: value) } }
        if [EASE.name, Blend.name].contains(name) { try algorithm.set("reg", to: "10") }
        let lists = try Self.top(3, algorithm, trainset)
        for (user, list) in lists.enumerated() {
            let names = list.map { dataset.items[Int(trainset.itemNumbers.outer[$0])] }
            let liked = Set(trainset.byUser.group(user).others.map(Int.init))
            #expect(liked.isDisjoint(with: list))
            #expect(names.prefix(2).allSatisfy { $0 == "all" || $0.hasPrefix("c\(user % 2)") }, "\(name), user \(user): \(names)")
        }
    }

    private static func top(_ count: Int, _ algorithm: some RankingAlgorithm, _ trainset: Trainset) throws -> [[Int]] {
        try algorithm.fit(trainset, on: .whole).top(count, for: 0..<trainset.userCount, of: trainset)
    }

    /// Users who like what they like by chance, the first items more than the last.
    private static func chance(users: Int, items: Int) throws -> Trainset {
        var random = SplitMix(seed: 7)
        var dataset = Dataset()
        for user in 0..<users {
            for item in 0..<items where random.nextUnit() < 4 / Double(8 + item) {
                try dataset.append(user: "u\(user)", item: "i\(item)", rating: 1)
            }
        }
        return try Trainset(dataset)
    }

    @Test("a blend is each of its parts at the ends of its weight, and neither in the middle")
    func blend() throws {
        let trainset = try Self.chance(users: 100, items: 50)
        var (linear, blend) = (EASE(), Blend())
        linear.regularization = 3
        try blend.set("reg", to: "3")
        try blend.set("k", to: "5")
        var nearest = ItemNeighbours()
        nearest.neighbours = 5
        let parts = [try Self.top(5, linear, trainset), try Self.top(5, nearest, trainset)]
        blend.weight = 0
        #expect(try Self.top(5, blend, trainset) == parts[0])
        blend.weight = 1
        #expect(try Self.top(5, blend, trainset) == parts[1])
        blend.weight = 0.5
        #expect(try !parts.contains(Self.top(5, blend, trainset)))
    }

    @Test("the parts of a blend count by their spread over what the user does not have, whatever their scale")
    func blendedScales() throws {
        let trainset = try Self.chance(users: 60, items: 40)
        let ranker = try Blend().fit(trainset, on: .whole)
        let stride = Kernels.stride(of: trainset.itemCount)
        func scores(_ ranker: some Ranker, user: Int) -> [Double] {
            var scores = [Float](repeating: 0, count: stride)
            ranker.score(user..<user + 1, into: &scores, stride: stride)
            let liked = Set(trainset.byUser.group(user).others)
            return (0..<trainset.itemCount).filter { !liked.contains(Int32($0)) }.map { Double(scores[$0]) }
        }
        func standardized(_ numbers: [Double]) -> [Double] {
            let mean = numbers.reduce(0, +) / Double(numbers.count)
            let deviation = (numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)).squareRoot()
            return numbers.map { ($0 - mean) / deviation }
        }
        for user in 0..<10 {
            let sum = zip(standardized(scores(ranker.linear, user: user)), standardized(scores(ranker.nearest, user: user))).map(+)
            for (blended, expected) in zip(standardized(scores(ranker, user: user)), standardized(sum)) {
                #expect(abs(blended - expected) < 1e-3)
            }
        }
    }

    @Test("lists name users and items as the files do, the tested users' alone")
    func lists() throws {
        let folder = try TemporaryFolder()
        let dataset = try Dataset([
            ("a", "x", 1), ("b, \"B\"", "y", 1), ("c", "x", 1), ("c", "y", 1), ("c", "z", 1), ("a", "y", 1), ("b, \"B\"", "z", 1),
        ])
        let lists = try RankingEvaluation(of: dataset, train: 0..<5, test: 5..<7).run(Popularity(), at: 2, seed: 0).lists
        let path = try folder.write("", to: "lists")
        try RankedList.write(lists, of: dataset, to: path)
        #expect(
            try String(contentsOfFile: path, encoding: .utf8)
                == "user,item\na,y\na,z\n\"b, \"\"B\"\"\",x\n\"b, \"\"B\"\"\",z\n")
    }

    @Test("popularity counts, and leaves out what the user has")
    func popularity() throws {
        let trainset = try Trainset(Dataset([("a", "x", 1), ("b", "x", 1), ("b", "y", 1), ("c", "y", 1), ("c", "x", 1), ("c", "z", 1)]))
        #expect(try Self.top(2, Popularity(), trainset) == [[1, 2], [2], []])
    }

    @Test("metrics are those of docs/metrics.md")
    func metrics() throws {
        // Trained: a has x, b has y, c has x and y, d has z. Held out: a y and w (which nobody has), b x and z; y of c is known already.
        let dataset = try Dataset([
            ("a", "x", 1), ("b", "y", 1), ("c", "x", 1), ("c", "y", 1), ("d", "z", 1), ("a", "y", 1), ("a", "w", 1), ("b", "x", 1),
            ("b", "z", 1), ("c", "y", 1), ("e", "x", 1),
        ])
        let report = try RankingEvaluation(of: dataset, train: 0..<5, test: 5..<11).run(Popularity(), at: 2, seed: 0).report
        // Lists: a [y, z], b [x, z]. Gains: a 1 of 1 + 1/log2(3); b all.
        let ideal = 1 + 1 / log2(3.0)
        #expect(report.measures.users == 2)
        #expect(abs(report.measures.ndcg.mean - (1 / ideal + 1) / 2) < 1e-12)
        #expect(
            report.measures.recall.mean == 0.75 && report.measures.precision.mean == 0.75 && report.measures.hitRate.mean == 1
                && report.measures.mrr.mean == 1)
        #expect(report.measures.recall.low < 0.75 && report.measures.recall.high > 0.75)
        #expect(report.coverage == 1)
        // x and y were liked by 2 of 4, z by 1: information 1, 2, 1, 2.
        #expect(report.novelty == 1.5)
        // Recommended 1, 1 and 2 times.
        #expect(abs(report.gini - 1.0 / 6) < 1e-12)
        let json = try JSONEncoder().encode(report)
        let keys = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any]).keys
        #expect(
            Set(keys) == [
                "algorithm", "seed", "at", "users", "ndcg", "recall", "precision", "hit_rate", "mrr", "populations", "coverage", "novelty",
                "gini", "fit_seconds", "rank_seconds",
            ])
        #expect(try JSONDecoder().decode(RankingReport.self, from: json) == report)
    }

    @Test("inequality is 0 among equals and near 1 when one has all")
    func gini() {
        #expect(RankingEvaluation.gini([3, 3, 3]) == 0)
        #expect(RankingEvaluation.gini([0, 0, 0, 8]) == 0.75)
        #expect(RankingEvaluation.gini([0, 0]) == 0)
    }

    @Test("a matrix times its inverse is the identity, also where it is more than one block", arguments: [16, 64, 144])
    func inverse(size: Int) {
        var random = SplitMix(seed: UInt64(size))
        let factors = (0..<size * size).map { _ in random.nextUnit() - 0.5 }
        let matrix = AlignedMemory<Float>(count: size * size)
        for row in 0..<size {
            for column in 0..<size {
                let product = (0..<size).reduce(0.0) { $0 + factors[row * size + $1] * factors[column * size + $1] }
                matrix.start[row * size + column] = Float(product / Double(size) + (row == column ? 1 : 0))
            }
        }
        let original = Array(Column(matrix))
        invertPositive(matrix, size: size, on: .whole)
        for row in 0..<size {
            for column in 0..<size {
                let product = (0..<size).reduce(0.0) { $0 + Double(original[row * size + $1]) * Double(matrix.start[$1 * size + column]) }
                #expect(abs(product - (row == column ? 1 : 0)) < 1e-4)
            }
        }
    }

    @Test("products of matrices are right in every tile, with the same bits for every instruction set")
    func products() {
        let (rows, columns, depth) = (11, 48, 5)
        let a = (0..<rows * depth).map { Float($0 % 7) - 3 }
        let b = (0..<depth * columns).map { Float($0 % 5) / 4 }
        let results = Kernels.available.map { kernels in
            var c = [Float](repeating: 1, count: rows * columns)
            kernels.multiply_add(&c, columns, a, depth, b, columns, rows, columns, depth, -1)
            return c
        }
        for row in 0..<rows {
            for column in 0..<columns {
                let expected = (0..<depth).reduce(Float(1)) { $0 - a[row * depth + $1] * b[$1 * columns + column] }
                #expect(results.allSatisfy { abs($0[row * columns + column] - expected) < 1e-5 })
            }
        }
        #expect(Set(results).count == 1)
    }

    @Test("the largest come first, among equals those that stand first, and what is ruled out never")
    func top() {
        var random = MersenneTwister(seed: 8)
        for count in [1, 15, 16, 17, 100] {
            let scores = (0..<count).map { _ in [-Float.infinity, 0, 1, 2, 3][random.next(below: 5)] }
            let ranked = scores.indices.filter { scores[$0] > -.infinity }
                .sorted { (scores[$0], $1) > (scores[$1], $0) }
            for kernels in Kernels.available {
                for part in [count, 5] {
                    // All at once, or a part after the other.
                    var best = [ck_best](repeating: ck_best(), count: 7)
                    var found = 0
                    for first in stride(from: 0, to: count, by: part) {
                        let shown = Array(scores[first..<min(first + part, count)])
                        found = kernels.top(shown, shown.count, Int32(first), 7, found, &best)
                    }
                    #expect(best.prefix(found).map { Int($0.candidate) } == Array(ranked.prefix(7)))
                    #expect(best.prefix(found).allSatisfy { $0.score == scores[Int($0.candidate)] })
                }
            }
        }
    }

    @Test("lists of factors are those of all scores, with more items than are scored at once")
    func factorLists() throws {
        let trainset = try Self.chance(users: 70, items: 1100)
        var algorithm = ImplicitALS()
        (algorithm.factors, algorithm.epochs, algorithm.regularization) = (20, 2, 1)
        let ranker = try algorithm.fit(trainset, on: .whole)
        let stride = Kernels.stride(of: trainset.itemCount)
        var scores = [Float](repeating: 0, count: 70 * stride)
        ranker.score(0..<70, into: &scores, stride: stride)
        for user in 0..<70 {
            let known = Set(trainset.byUser.group(user).others.map(Int.init))
            let expected = (0..<trainset.itemCount).filter { !known.contains($0) }
                .sorted { (scores[user * stride + $0], $1) > (scores[user * stride + $1], $0) }
            #expect(ranker.top(10, for: user..<user + 1, of: trainset, on: .whole) == [Array(expected.prefix(10))])
        }
        let all = ranker.top(10, for: 0..<70, of: trainset, on: .whole)
        #expect(all[3..<9] == ranker.top(10, for: 3..<9, of: trainset, on: .whole)[...])
    }

    @Test("reads pairs with or without more fields, and says where a line is wrong")
    func reader() throws {
        let folder = try TemporaryFolder()
        var dataset = Dataset()
        try InteractionsReader.read(folder.write("a\tx\n\nb\ty\t5\t881250949\nc z\n", to: "pairs"), into: &dataset)
        #expect(dataset.rowCount == 3 && dataset.ratings == [1, 1, 1])
        try InteractionsReader.read(folder.write("\nuserId,movieId,rating\na,x,5\n", to: "header"), into: &dataset)
        #expect(dataset.rowCount == 4 && dataset.users.count == 3 && dataset.items.count == 3)
        for header in ["user,item", "userId\titemId"] {
            try InteractionsReader.read(folder.write("\n\(header)\na,x\n", to: "columns"), into: &dataset)
        }
        #expect(dataset.rowCount == 6 && dataset.users.count == 3)
        // Without a rating, only those are known to name columns.
        try InteractionsReader.read(folder.write("a,item\nuser,item\n", to: "pair"), into: &dataset)
        #expect(dataset.rowCount == 8 && dataset.users.count == 4)
        let words = try folder.write("user item rating\na x click\n", to: "words")
        let word = try #require(throws: RecommenderError.self) { try InteractionsReader.read(words, into: &dataset) }
        #expect(word.message == "\(words):2: the rating 'click' is a word")
        let bad = try folder.write("a x\na\n", to: "bad")
        let error = try #require(throws: RecommenderError.self) { try InteractionsReader.read(bad, into: &dataset) }
        #expect(error.message == "\(bad):2: the line has 1 field")
    }
}
