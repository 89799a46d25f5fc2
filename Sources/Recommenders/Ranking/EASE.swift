internal import CKernels

/// A linear model of items: how much each item that a user liked speaks for each other one, by least squares.
///
/// With the Gram matrix G of the items, P = (G + λI)⁻¹ and B = I - P diag(1/P): the weights that best explain what users liked by what else
/// they liked, none explaining itself. It takes memory in the square of the number of items, and time in its cube.
///
/// - Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019.
public struct EASE: RankingAlgorithm {
    public static let name = "ease"

    /// λ: weight of the penalty on large weights.
    public var regularization = 2000.0

    public static let options: [AlgorithmOption<EASE>] = [.number("reg", \.regularization, 1e-3...1e9)]

    /// The most items: their matrix takes 4 GiB.
    public static let itemLimit = 32_768

    /// Makes the algorithm with its defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> EASERanker {
        try validate()
        let count = trainset.itemCount
        guard count <= Self.itemLimit else {
            throw RecommenderError(
                .invalidInput, "\(name) takes at most \(Self.itemLimit) items, and there are \(count)",
                hint: "Use implicit-als or item-knn, or leave out items that few have liked.")
        }
        let ones = SparseRatings(onesOf: trainset.byItem, columnCount: trainset.userCount)
        let gram: Column<Float> = try ones.square(of: "items", diagonal: nil, on: machine) { matrix, row, scratch, counts in
            machine.kernels.counts(matrix, row, scratch, counts)
        }
        let stride = Kernels.stride(of: count)
        let weights = AlignedMemory<Float>(count: stride * stride)
        for row in 0..<stride {
            if row < count { (weights.start + row * stride).update(from: gram.start + row * count, count: count) }
            weights.start[row * stride + row] += Float(regularization)
        }
        invertPositive(weights, size: stride, on: machine)
        // B has its rows for the items that speak, so P's row is divided by the diagonals of the columns.
        let diagonal = (0..<stride).map { 1 / weights.start[$0 * stride + $0] }
        machine.forEach(stride, chunk: 64) { rows in
            for row in rows {
                for column in 0..<stride { weights.start[row * stride + column] *= -diagonal[column] }
                weights.start[row * stride + row] = 0
            }
        }
        guard Column(weights).allSatisfy(\.isFinite) else {
            throw RecommenderError(.diverged, "The items' matrix cannot be inverted", hint: "Use a larger 'reg'.")
        }
        return EASERanker(liked: trainset.byUser.lists, weights: Column(weights), stride: stride, kernels: machine.kernels)
    }

    private var name: String { Self.name }
}

/// What `EASE` learns.
///
/// In a model file, `item.wei` is f32, a row and a column for each item, both filled up with zeros to a multiple of 16.
public struct EASERanker: Ranker {
    let liked: Lists
    /// A row for each item that speaks, a column for each that is spoken for.
    let weights: Column<Float>
    let stride: Int
    let kernels: Kernels

    init(liked: Lists, weights: Column<Float>, stride: Int, kernels: Kernels) {
        self.liked = liked
        self.weights = weights
        self.stride = stride
        self.kernels = kernels
    }

    public func score(_ users: Range<Int>, into scores: inout [Float], stride: Int) {
        precondition(stride == self.stride, "rows of scores are as long as rows of weights")
        let one: [Float] = [1]
        scores.withUnsafeMutableBufferPointer { scores in
            guard let scores = scores.baseAddress else { return }
            for (row, user) in users.enumerated() {
                for item in liked[user] {
                    kernels.multiply_add(
                        scores + row * stride, stride, one, 1, weights.start + Int(item) * stride, stride, 1, stride, 1, 1)
                }
            }
        }
    }

    public func parts(of score: Float, user: Int, item: Int) -> [PartOfSum] {
        let terms = liked[user].map { other in
            PartOfSum.Term(.item(Int(other)), contribution: weights[Int(other) * stride + item].shortestDouble)
        }
        let meaning = "how much each item that the user has speaks for it"
        return [PartOfSum("items", meaning, score.shortestDouble, terms: terms.weightiestFirst)]
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("item.wei", weights)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        liked = try sections.seen
        stride = Kernels.stride(of: sections.itemCount)
        weights = try sections.column("item.wei", count: stride * stride)
        kernels = .widest
    }
}
