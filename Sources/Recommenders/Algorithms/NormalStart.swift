/// How the first values of factors are drawn from a normal distribution, as options.
struct NormalStart: Hashable, Sendable {
    /// Mean, from -1,000 to 1,000. Surprise's `init_mean`.
    var mean = 0.0
    /// Standard deviation, from 0 to 1,000. Surprise's `init_std_dev`.
    var deviation = 0.1
    /// Where the random numbers start. Surprise's `random_state`.
    var seed: UInt64 = 0

    static let options: [AlgorithmOption<NormalStart>] = [
        .number("init_mean", \.mean, -1000...1000), .number("init_std_dev", \.deviation, 0...1000), .seed(\.seed),
    ]

    /// The draws, from the first on.
    func draws() -> Draws {
        Draws(start: self, generator: MersenneTwister(seed: seed))
    }

    /// Random numbers, in the order in which NumPy gives them.
    struct Draws {
        fileprivate let start: NormalStart
        fileprivate var generator: MersenneTwister
        private var normal = NormalDistribution(batch: 512)

        fileprivate init(start: NormalStart, generator: MersenneTwister) {
            self.start = start
            self.generator = generator
        }

        /// Rows of factors, one row after the other, each filled up with zeros to whole blocks of the kernels.
        mutating func rows(count: Int, length: Int) -> AlignedMemory<Float> {
            let stride = Kernels.stride(of: length)
            let memory = AlignedMemory<Float>(count: count * stride)
            for row in 0..<count {
                for column in 0..<length {
                    memory.start[row * stride + column] = Float(start.mean + start.deviation * normal.next(using: &generator))
                }
            }
            return memory
        }
    }
}
