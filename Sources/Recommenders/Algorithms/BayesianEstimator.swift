internal import CKernels

/// Estimates the mean of what draws of all parameters say: what `BayesianFactorisation` learns.
///
/// A user, an item or a day that was not trained on has, in each draw, what all have in common.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `draws` | u64: length of a factor row, 1 to 63; u64: how many draws there are |
/// | `days` | i64, ascending: the days since 1970 that are known |
/// | `user.drw`, `item.drw`, `day.drw` | f32: for each user, item or day, and for those that are not known, a row for each draw: factors, the bias, zeros up to a multiple of 16. `day.drw` is empty when no day is known |
/// | `user.pre`, `item.pre` | f32: for each draw a row of how near, as a precision, users' or items' rows are to what is expected of them |
/// | `noise` | f32: for each draw, the precision of ratings |
public struct BayesianEstimator: Estimator {
    let factors: Int
    let draws: Int
    let mean: Double
    let days: Column<Int64>
    let users: Column<Float>
    let items: Column<Float>
    let dayRows: Column<Float>
    let precisions: Precisions
    private let noDay: Column<Float>

    /// How sure each draw is of rows and of ratings.
    struct Precisions: Sendable {
        let users: Column<Float>
        let items: Column<Float>
        let noise: Column<Float>
    }

    init(
        factors: Int, draws: Int, mean: Double, days: Column<Int64>, users: Column<Float>, items: Column<Float>, dayRows: Column<Float>,
        precisions: Precisions
    ) {
        self.factors = factors
        self.draws = draws
        self.mean = mean
        self.days = days
        self.users = users
        self.items = items
        self.dayRows = dayRows
        self.precisions = precisions
        noDay = Column(AlignedMemory(count: draws * Kernels.stride(of: factors + 1)))
    }

    /// The day of a time in seconds since 1970.
    static func day(_ time: Int64) -> Int64 {
        // Rounded down without leaving 64 bits on the way.
        time / 86_400 - (time % 86_400 < 0 ? 1 : 0)
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        estimate(user: user, item: item, time: nil)
    }

    public func estimate(user: Int?, item: Int?, time: Int64?) -> Double? {
        let day = dayRows(at: time)
        let (user, item) = (rows(of: user, in: users), rows(of: item, in: items))
        return mean
            + Double(Kernels.widest.gibbs_estimate(Kernels.stride(of: factors + 1), factors, draws, user.start, item.start, day.start))
    }

    /// The draws of a time's day, or of those that are not known; zeros where no day is.
    func dayRows(at time: Int64?) -> Column<Float> {
        days.count == 0 ? noDay : rows(of: time.flatMap(number), in: dayRows)
    }

    /// The draws of an entity, or of those that are not known, which stand last.
    func rows(of number: Int?, in column: Column<Float>) -> Column<Float> {
        let size = draws * Kernels.stride(of: factors + 1)
        let start = number.map { $0 * size } ?? column.count - size
        return column.extracting(start..<start + size)
    }

    /// The number of a time's day, if it is known.
    private func number(of time: Int64) -> Int? {
        let day = Self.day(time)
        var (low, high) = (0, days.count)
        while low < high {
            let middle = low + (high - low) / 2
            if days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low < days.count && days[low] == day ? low : nil
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("draws", Column(copying: [UInt64(factors), UInt64(draws)]))
        sections.add("days", days)
        sections.add("user.drw", users)
        sections.add("item.drw", items)
        sections.add("day.drw", dayRows)
        sections.add("user.pre", precisions.users)
        sections.add("item.pre", precisions.items)
        sections.add("noise", precisions.noise)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let shape: Column<UInt64> = try sections.column("draws", count: 2)
        guard (1...63).contains(shape[0]), (1...100_000).contains(shape[1]) else { throw .corruptModel("its draws have no shape") }
        let (factors, draws) = (Int(shape[0]), Int(shape[1]))
        // At most 64 · 10⁵ · 2³¹: no overflow.
        let size = draws * Kernels.stride(of: factors + 1)
        let days: Column<Int64> = try sections.column("days")
        guard days.count < IdentifierTable.limit else { throw .corruptModel("it has too many days") }
        self.init(
            factors: factors, draws: draws, mean: sections.mean, days: days,
            users: try sections.column("user.drw", count: (sections.userCount + 1) * size),
            items: try sections.column("item.drw", count: (sections.itemCount + 1) * size),
            dayRows: try sections.column("day.drw", count: days.count == 0 ? 0 : (days.count + 1) * size),
            precisions: Precisions(
                users: try sections.column("user.pre", count: size), items: try sections.column("item.pre", count: size),
                noise: try sections.column("noise", count: draws)))
    }
}
