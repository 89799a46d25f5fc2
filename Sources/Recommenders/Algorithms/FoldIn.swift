internal import CKernels

/// An algorithm that can take in who came after training, without training again.
public protocol FoldingAlgorithm: Algorithm {
    /// Adds new users and items to what was learnt; of all others nothing changes.
    ///
    /// - Parameters:
    ///   - newcomers: Who is new, and their ratings.
    ///   - fitted: What was learnt.
    ///   - machine: What to compute with; it makes no difference to the result.
    /// - Returns: The same, with new users and items after those that were known.
    /// - Throws: `.diverged` when what comes out has no meaning.
    func fold(_ newcomers: Newcomers, into fitted: Fitted, on machine: Machine) throws(RecommenderError) -> Fitted
}

extension FoldingAlgorithm {
    /// Adds new users and items to a model's estimator; `nil` when it is not one of this algorithm.
    func fold(
        _ newcomers: Newcomers, intoAny estimator: any Estimator, on machine: Machine
    ) throws(RecommenderError) -> (any Estimator)? {
        guard let fitted = estimator as? Fitted else { return nil }
        return try fold(newcomers, into: fitted, on: machine)
    }
}

/// Users and items that came after training.
public struct Newcomers: Sendable {
    /// A rating, seen from one of its sides.
    public struct Rating: Hashable, Sendable {
        /// The inner number on the other side.
        public var other: Int
        public var value: Double
        /// When it was given, in seconds since 1970, if that is known.
        public var time: Int64?
    }

    /// For each new user, the ratings of items that were trained on.
    public var users: [[Rating]]
    /// For each new item, its ratings by users that were trained on, and by new ones, which are numbered after those.
    public var items: [[Rating]]
}

/// The w that makes Σ (target − ⟨row, w⟩)² + Σ penalty (w − expected)² least.
///
/// Conjugate gradients: after as many steps as there are different rows and penalties, the solution is exact but for rounding, so few
/// ratings take few steps, whatever the length of w.
///
/// - Parameters:
///   - rows: One for each target.
///   - targets: What the products should be.
///   - penalties: One for each place of w, positive.
///   - expected: What w is without any row.
/// - Source: Hestenes and Stiefel, "Methods of Conjugate Gradients for Solving Linear Systems", 1952.
func penalizedLeastSquares(_ rows: [[Double]], _ targets: [Double], penalties: [Double], expected: [Double]) -> [Double] {
    var solution = expected
    let places = solution.indices
    var residual = [Double](repeating: 0, count: solution.count)
    for (row, target) in zip(rows, targets) {
        let error = target - dot(row, expected)
        for place in places { residual[place] += error * row[place] }
    }
    var direction = residual
    var square = dot(residual, residual)
    let enough = square * 1e-24
    for _ in 0..<4 * (solution.count + 1) where square > enough {
        var image = zip(penalties, direction).map(*)
        for row in rows {
            let product = dot(row, direction)
            for place in places { image[place] += product * row[place] }
        }
        let step = square / dot(direction, image)
        for place in places {
            solution[place] += step * direction[place]
            residual[place] -= step * image[place]
        }
        let next = dot(residual, residual)
        for place in places { direction[place] = residual[place] + next / square * direction[place] }
        square = next
    }
    return solution
}

private func dot(_ first: [Double], _ second: [Double]) -> Double {
    var sum = 0.0
    for place in first.indices { sum += first[place] * second[place] }
    return sum
}

extension FactorEstimator {
    /// Gives newcomers the rows and biases that make their squared errors least, with the penalties that training has: as many times as
    /// they have ratings.
    ///
    /// - Throws: `.diverged` when a row is beyond any meaning.
    func folding(_ newcomers: Newcomers, regularizations: FactorRates, on machine: Machine) throws(RecommenderError) -> FactorEstimator {
        let all = regularizations.all
        let users = adding(
            newcomers.users, to: (userBiases, userFactors), from: (itemBiases, itemFactors),
            penalties: (regularizations.userBias ?? all, regularizations.userFactors ?? all), on: machine)
        let items = adding(
            newcomers.items, to: (itemBiases, itemFactors), from: users,
            penalties: (regularizations.itemBias ?? all, regularizations.itemFactors ?? all), on: machine)
        return try FactorEstimator(
            learnt: factors, mean: mean, biased: biased, userBiases: users.biases, itemBiases: items.biases, userFactors: users.rows,
            itemFactors: items.rows)
    }

    private typealias Side = (biases: Column<Float>, rows: Column<Float>)

    private func adding(
        _ newcomers: [[Newcomers.Rating]], to known: Side, from others: Side, penalties: (bias: Double, factors: Double),
        on machine: Machine
    ) -> Side {
        let stride = Kernels.stride(of: factors)
        let biases = AlignedMemory<Float>(count: known.biases.count + newcomers.count)
        let rows = AlignedMemory<Float>(count: known.rows.count + newcomers.count * stride)
        biases.start.update(from: known.biases.start, count: known.biases.count)
        rows.start.update(from: known.rows.start, count: known.rows.count)
        machine.forEach(newcomers.count, chunk: 8) { numbers in
            for number in numbers {
                let ratings = newcomers[number]
                // The bias stands last, beside a row of ones.
                let columns = ratings.map { rating in row(rating.other, of: others.rows).prefix(factors).map(Double.init) + [1] }
                let targets = ratings.map { rating in biased ? rating.value - mean - Double(others.biases[rating.other]) : rating.value }
                // Without any penalty, there could be more than one best row.
                let count = Double(ratings.count)
                let factorPenalty = max(penalties.factors * count, 1e-6)
                // Without biases, nothing may stand there.
                let biasPenalty = biased ? max(penalties.bias * count, 1e-6) : 1e18
                let solution = penalizedLeastSquares(
                    columns, targets, penalties: [Double](repeating: factorPenalty, count: factors) + [biasPenalty],
                    expected: [Double](repeating: 0, count: factors + 1))
                for lane in 0..<factors { rows.start[known.rows.count + number * stride + lane] = Float(solution[lane]) }
                if biased { biases.start[known.biases.count + number] = Float(solution[factors]) }
            }
        }
        return (Column(biases), Column(rows))
    }
}

extension BayesianEstimator {
    /// Gives newcomers in each draw the row that is likeliest given that draw.
    ///
    /// They are expected to be as those of whom nothing is known: who rated what, whatever the rating, and features do not matter for them.
    func folding(_ newcomers: Newcomers, on machine: Machine) -> BayesianEstimator {
        let users = adding(newcomers.users, to: self.users, from: items, precisions: precisions.users, on: machine)
        let items = adding(newcomers.items, to: self.items, from: users, precisions: precisions.items, on: machine)
        return BayesianEstimator(
            factors: factors, draws: draws, mean: mean, days: days, users: users, items: items, dayRows: dayRows, precisions: precisions)
    }

    private func adding(
        _ newcomers: [[Newcomers.Rating]], to known: Column<Float>, from others: Column<Float>, precisions: Column<Float>,
        on machine: Machine
    ) -> Column<Float> {
        let stride = Kernels.stride(of: factors + 1)
        let size = draws * stride
        let unknown = rows(of: nil, in: known)
        let all = AlignedMemory<Float>(count: known.count + newcomers.count * size)
        // Those of whom nothing is known stay last.
        all.start.update(from: known.start, count: known.count - size)
        (all.start + all.count - size).update(from: unknown.start, count: size)
        machine.forEach(newcomers.count, chunk: 1) { numbers in
            for number in numbers {
                let rated = newcomers[number].map { (rows(of: $0.other, in: others), dayRows(at: $0.time), $0.value) }
                for draw in 0..<draws {
                    let places = draw * stride..<draw * stride + factors
                    let bias = places.upperBound
                    let columns = rated.map { other, day, _ in places.map { Double(other[$0]) + Double(day[$0]) } + [1] }
                    let targets = rated.map { other, day, value in
                        places.reduce(value - mean - Double(other[bias]) - Double(day[bias])) {
                            $0 - Double(other[$1]) * Double(day[$1])
                        }
                    }
                    let lanes = places.lowerBound...bias
                    let solution = penalizedLeastSquares(
                        columns, targets, penalties: lanes.map { Double(precisions[$0]) / Double(self.precisions.noise[draw]) },
                        expected: lanes.map { Double(unknown[$0]) })
                    let row = all.start + known.count - size + number * size + draw * stride
                    for (lane, value) in solution.enumerated() { row[lane] = Float(value) }
                }
            }
        }
        return Column(all)
    }
}
