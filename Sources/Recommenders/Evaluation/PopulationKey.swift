/// What divides users into populations, which are measured on their own.
public enum PopulationKey: Hashable, Sendable {
    /// How many ratings a user has in the training set, in powers of ten: `0`, `1-9`, `10-99`, …
    case activity
    /// What stands behind `name=` among a user's features, such as `writer` for `occupation=writer`; `unknown` where nothing does.
    case feature(String)

    /// Makes a key from its name: `activity`, or that of features.
    public init(_ name: String) {
        self = name == "activity" ? .activity : .feature(name)
    }

    /// Its name.
    public var name: String {
        switch self {
        case .activity: "activity"
        case .feature(let name): name
        }
    }

    /// Divides users in each of some folds.
    ///
    /// - Parameters:
    ///   - dataset: The users, with their features.
    ///   - trainRows: For each fold, the rows that are trained on.
    /// - Returns: The values, shorter ones first, and for each fold the users that have it there.
    func divide(_ dataset: Dataset, trainRows: [[Int]]) -> [(value: String, users: [[Int]])] {
        let folds = trainRows.map { populations(of: dataset, trainRows: $0) }
        let values = Set(folds.flatMap(\.keys)).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
        return values.map { value in (value, folds.map { $0[value] ?? [] }) }
    }

    /// The users of each population, by its value.
    private func populations(of dataset: Dataset, trainRows: [Int]) -> [String: [Int]] {
        var populations: [String: [Int]] = [:]
        switch self {
        case .activity:
            var counts = [Int](repeating: 0, count: dataset.users.count)
            for row in trainRows { counts[Int(dataset.userOfRow[row])] += 1 }
            for (user, count) in counts.enumerated() { populations[Self.range(of: count), default: []].append(user) }
        case .feature(let name):
            let features = dataset.userFeatures
            for user in 0..<dataset.users.count {
                let values = features.list(of: user).map { features.features[Int($0)] }.filter { $0.hasPrefix(name + "=") }
                for value in values { populations[String(value.dropFirst(name.count + 1)), default: []].append(user) }
                if values.isEmpty { populations["unknown", default: []].append(user) }
            }
        }
        return populations
    }

    private static func range(of count: Int) -> String {
        if count == 0 { return "0" }
        var low = 1
        while low * 10 <= count { low *= 10 }
        return "\(low)-\(low * 10 - 1)"
    }
}
