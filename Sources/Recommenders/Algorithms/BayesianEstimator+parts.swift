extension BayesianEstimator {
    /// The parts are means over draws, in double precision; what the estimate, in single precision, differs from their sum is one, too.
    public func parts(user: Int?, item: Int?) -> EstimateParts {
        let (userRows, itemRows, dayRows) = (rows(of: user, in: users), rows(of: item, in: items), dayRows(at: nil))
        var parts = [PartOfSum.mean(mean)]
        func add(_ name: String, _ meaning: String, _ value: (Int) -> Double) {
            parts.append(PartOfSum(name, meaning, (0..<draws).reduce(0) { $0 + value($1) } / Double(draws)))
        }
        add("user_bias", user == nil ? "bias that unknown users have in common" : "the user's bias") { bias(of: userRows, in: $0) }
        add("item_bias", item == nil ? "bias that unknown items have in common" : "the item's bias") { bias(of: itemRows, in: $0) }
        add("factors", "inner product of the user's and the item's factors") { product(userRows, itemRows, in: $0) }
        if days.count > 0 {
            add("day", "what days that are not known have in common") {
                bias(of: dayRows, in: $0) + product(userRows, dayRows, in: $0) + product(itemRows, dayRows, in: $0)
            }
        }
        if let estimate = estimate(user: user, item: item) {
            let rest = estimate - parts.reduce(0) { $0 + $1.value }
            parts.append(PartOfSum("rounding", "of the estimate, which is computed in single precision", rest))
        }
        return .sum(parts)
    }

    private func bias(of rows: Column<Float>, in draw: Int) -> Double {
        Double(rows[draw * Kernels.stride(of: factors + 1) + factors])
    }

    private func product(_ first: Column<Float>, _ second: Column<Float>, in draw: Int) -> Double {
        let start = draw * Kernels.stride(of: factors + 1)
        return (start..<start + factors).reduce(0) { $0 + Double(first[$1]) * Double(second[$1]) }
    }
}
