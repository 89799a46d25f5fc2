/// Ratings in groups: those of each user, or those of each item.
struct Groups: Sendable {
    /// The ratings of group `g` are at `starts[g]..<starts[g + 1]` of `others` and `values`; ascending, one more than groups.
    let starts: Column<Int>
    /// For each rating, the inner number on the other side: of its item where groups are users, of its user where they are items.
    let others: Column<Int32>
    /// For each rating, its value.
    let values: Column<Double>

    /// How many groups there are.
    var count: Int { starts.count - 1 }

    /// The ratings of a group in `0..<count`.
    func group(_ number: Int) -> (others: Column<Int32>, values: Column<Double>) {
        let range = starts[number]..<starts[number + 1]
        return (others.extracting(range), values.extracting(range))
    }

    /// Without the values.
    var lists: Lists { Lists(starts: starts, members: others) }

    /// Hands each group to `body`, in order.
    func forEachGroup(_ body: (_ group: Int, _ others: Column<Int32>, _ values: Column<Double>) -> Void) {
        for number in 0..<count {
            let (others, values) = group(number)
            body(number, others, values)
        }
    }

    /// The sum of each group, of values measured from `origin`.
    func sums(from origin: Double) -> [Double] {
        (0..<count).map { number in
            values.buffer[starts[number]..<starts[number + 1]].reduce(0) { $0 + ($1 - origin) }
        }
    }

    /// The mean of each group; of values that are all the same it is that one, which their sum rounds away.
    var means: [Double] {
        zip(0..<count, sums(from: 0)).map { number, sum in
            let values = values.buffer[starts[number]..<starts[number + 1]]
            if let first = values.first, values.allSatisfy({ $0 == first }) { return first }
            return sum / Double(values.count)
        }
    }

    /// The standard deviation of each group, about its own mean.
    var deviations: [Double] {
        zip(0..<count, means).map { number, mean in
            let values = values.buffer[starts[number]..<starts[number + 1]]
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        }
    }
}
