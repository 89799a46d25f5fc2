internal import CKernels

/// Matrix factorisation of who liked what, by alternating least squares: all pairs count, those that were liked more.
///
/// A pair that was liked should have the product 1, with the confidence 1 + α (which the Python library implicit calls `alpha`); any other 0,
/// with the confidence 1. Users and items are
/// solved for in turn, by a few steps of conjugate gradients each. Single precision, with the same bits on every machine.
///
/// - Source: Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008; Takács, Pilászy and Tikk,
///   "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative Filtering", 2011.
public struct ImplicitALS: RankingAlgorithm {
    public static let name = "implicit-als"

    /// Length of a factor row, 1 to 1,024.
    public var factors = 128
    /// How often users and items are solved for.
    public var epochs = 15
    /// Weight of the penalty on large factors.
    public var regularization = 30.0
    /// How much more a pair that was liked counts.
    public var alpha = 1.0
    /// Steps of conjugate gradients for each row.
    public var steps = 3
    /// Where the random numbers start.
    public var seed: UInt64 = 0

    public static let options: [AlgorithmOption<ImplicitALS>] = [
        .integer("n_factors", \.factors, 1...1024), .integer("n_epochs", \.epochs, 0...100_000), .number("reg", \.regularization, 0...1e6),
        .number("alpha", \.alpha, 0...1e6), .integer("cg_steps", \.steps, 1...1000), .seed(\.seed),
    ]

    /// Makes the algorithm with its defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> FactorRanker {
        try validate()
        var draws = NormalStart(mean: 0, deviation: 0.01, seed: seed).draws()
        let users = draws.rows(count: trainset.userCount, length: factors)
        let items = draws.rows(count: trainset.itemCount, length: factors)
        let confidences = AlignedMemory<Float>(count: trainset.ratingCount)
        for position in 0..<trainset.ratingCount { confidences.start[position] = Float(alpha) }
        let byItem = trainset.byItem
        for _ in 0..<epochs {
            solve(users, groups: trainset.byUser, others: items, otherCount: trainset.itemCount, confidences, on: machine)
            solve(items, groups: byItem, others: users, otherCount: trainset.userCount, confidences, on: machine)
        }
        guard Column(users).allSatisfy(\.isFinite), Column(items).allSatisfy(\.isFinite) else {
            throw RecommenderError(.diverged, "Factors ran away to numbers without meaning", hint: "Use a larger 'reg'.")
        }
        return FactorRanker(
            users: Column(users), items: Column(items), itemCount: trainset.itemCount, factors: factors, kernels: machine.kernels)
    }

    private func solve(
        _ rows: AlignedMemory<Float>, groups: Groups, others: AlignedMemory<Float>, otherCount: Int, _ confidences: AlignedMemory<Float>,
        on machine: Machine
    ) {
        let stride = Kernels.stride(of: factors)
        let gram = self.gram(of: others, count: otherCount, on: machine)
        machine.forEach(groups.count, chunk: 32) { chunk in
            let scratch = AlignedMemory<Float>(count: 4 * stride)
            for row in chunk {
                let start = groups.starts[row]
                machine.kernels.als_solve(
                    rows.start + row * stride, gram.start, others.start, stride, groups.others.start + start, confidences.start + start,
                    groups.starts[row + 1] - start, steps, scratch.start)
            }
            withExtendedLifetime(scratch) {}
        }
        withExtendedLifetime(gram) {}
    }

    /// YᵀY + λI.
    private func gram(of rows: AlignedMemory<Float>, count: Int, on machine: Machine) -> AlignedMemory<Float> {
        let stride = Kernels.stride(of: factors)
        let columns = transposed(Column(rows), count: count, stride: stride)
        let gram = AlignedMemory<Float>(count: stride * stride)
        for lane in 0..<factors { gram.start[lane * stride + lane] = Float(regularization) }
        let length = columns.count / stride
        machine.forEach(stride, chunk: 8) { chunk in
            machine.kernels.multiply_add(
                gram.start + chunk.lowerBound * stride, stride, columns.start + chunk.lowerBound * length, length, rows.start, stride,
                chunk.count, stride, count, 1)
        }
        withExtendedLifetime(columns) {}
        return gram
    }
}

/// A matrix with rows and columns exchanged; its rows are filled up with zeros to whole blocks of the kernels.
private func transposed(_ rows: Column<Float>, count: Int, stride: Int) -> AlignedMemory<Float> {
    let length = Kernels.stride(of: count)
    let columns = AlignedMemory<Float>(count: length * stride)
    for row in 0..<count {
        for lane in 0..<stride { columns.start[lane * length + row] = rows.start[row * stride + lane] }
    }
    return columns
}
