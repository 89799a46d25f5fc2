/// Users and items in clusters, and the mean rating of each pair of clusters.
///
/// The estimate is the mean of the pair of clusters, plus how far the user's mean is from their cluster's, plus how far the item's mean is
/// from its cluster's; for a user or an item that was not trained on, the mean of all ratings. Clusters are assigned at random at first,
/// then each user, and each item, goes where the squared error of its ratings is least, again and again.
///
/// Ratings are taken as they are, where Surprise cuts their fractions off.
///
/// - Source: George and Merugu, "A Scalable Collaborative Filtering Framework Based on Co-Clustering", 2005; defaults of Surprise's
///   `CoClustering`.
public struct CoClustering: Algorithm, Hashable {
    public static let name = "co-clustering"

    /// Clusters of users, 1 to 1,000. Surprise's `n_cltr_u`.
    public var userClusters = 3
    /// Clusters of items, 1 to 1,000. Surprise's `n_cltr_i`.
    public var itemClusters = 3
    /// How often all are assigned anew, at least 0. Surprise's `n_epochs`.
    public var epochs = 20
    /// Where the random numbers start. Surprise's `random_state`.
    public var seed: UInt64 = 0

    public static let options: [AlgorithmOption<CoClustering>] = [
        .integer("n_cltr_u", \.userClusters, 1...1000), .integer("n_cltr_i", \.itemClusters, 1...1000),
        .integer("n_epochs", \.epochs, 0...1_000_000), .seed(\.seed),
    ]

    /// Makes the algorithm with Surprise's defaults.
    public init() {}

    public func fit(_ trainset: Trainset, on machine: Machine) throws(RecommenderError) -> CoClusteringEstimator {
        try validate()
        var generator = MersenneTwister(seed: seed)
        var users = (0..<trainset.userCount).map { _ in Int32(generator.next(below: userClusters)) }
        var items = (0..<trainset.itemCount).map { _ in Int32(generator.next(below: itemClusters)) }
        let byItem = trainset.byItem
        let userMeans = trainset.byUser.means
        let itemMeans = byItem.means

        for _ in 0..<epochs {
            let means = clusterMeans(trainset, users, items)
            // No user's choice depends on another's, nor any item's.
            users = machine.map(users.count) { user in
                let (rated, values) = trainset.byUser.group(user)
                return Self.best(of: userClusters) { cluster in
                    var sum = 0.0
                    for (item, value) in zip(rated, values) {
                        let itemCluster = Int(items[Int(item)])
                        // In Surprise's order, so that ties fall alike.
                        let estimate =
                            means.pairs[cluster * itemClusters + itemCluster] + userMeans[user] - means.users[cluster]
                            + itemMeans[Int(item)] - means.items[itemCluster]
                        sum += (value - estimate) * (value - estimate)
                    }
                    return sum
                }
            }
            items = machine.map(items.count) { item in
                let (raters, values) = byItem.group(item)
                return Self.best(of: itemClusters) { cluster in
                    var sum = 0.0
                    for (user, value) in zip(raters, values) {
                        let userCluster = Int(users[Int(user)])
                        let estimate =
                            means.pairs[userCluster * itemClusters + cluster] + userMeans[Int(user)] - means.users[userCluster]
                            + itemMeans[item] - means.items[cluster]
                        sum += (value - estimate) * (value - estimate)
                    }
                    return sum
                }
            }
        }
        let means = clusterMeans(trainset, users, items)
        return CoClusteringEstimator(
            itemClusterCount: itemClusters, users: Column(copying: users), items: Column(copying: items),
            pairMeans: Column(copying: means.pairs),
            userOffsets: Column(copying: users.indices.map { userMeans[$0] - means.users[Int(users[$0])] }),
            itemOffsets: Column(copying: items.indices.map { itemMeans[$0] - means.items[Int(items[$0])] }))
    }

    /// The cluster with the least error, the first among equals.
    private static func best(of count: Int, error: (Int) -> Double) -> Int32 {
        var best = 0
        var least = Double.infinity
        for cluster in 0..<count {
            let error = error(cluster)
            if error < least {
                least = error
                best = cluster
            }
        }
        return Int32(best)
    }

    /// Mean ratings of the clusters of users, of items, and of pairs (row-major); that of all ratings where there are none.
    private func clusterMeans(
        _ trainset: Trainset, _ users: [Int32], _ items: [Int32]
    ) -> (users: [Double], items: [Double], pairs: [Double]) {
        var sums = [Double](repeating: 0, count: userClusters * itemClusters)
        var counts = sums
        trainset.byUser.forEachGroup { user, rated, values in
            let row = Int(users[user]) * itemClusters
            for (item, value) in zip(rated, values) {
                let pair = row + Int(items[Int(item)])
                sums[pair] += value
                counts[pair] += 1
            }
        }
        func mean(_ pairs: some Sequence<Int>) -> Double {
            let count = pairs.reduce(0) { $0 + counts[$1] }
            return count > 0 ? pairs.reduce(0) { $0 + sums[$1] } / count : trainset.mean
        }
        return (
            (0..<userClusters).map { user in mean(user * itemClusters..<(user + 1) * itemClusters) },
            (0..<itemClusters).map { item in mean(stride(from: item, to: sums.count, by: itemClusters)) },
            sums.indices.map { mean($0...$0) }
        )
    }
}

/// What `CoClustering` learns.
///
/// In a model file:
///
/// | Section | Content |
/// | --- | --- |
/// | `user.clu`, `item.clu` | i32, one for each user or item: its cluster |
/// | `user.dev`, `item.dev` | f64, one for each: its mean less its cluster's |
/// | `clusters` | u64: clusters of items |
/// | `pairs` | f64, row-major, a row for each cluster of users: mean ratings of pairs of clusters |
public struct CoClusteringEstimator: Estimator {
    let itemClusterCount: Int
    let users: Column<Int32>
    let items: Column<Int32>
    let pairMeans: Column<Double>
    let userOffsets: Column<Double>
    let itemOffsets: Column<Double>

    init(
        itemClusterCount: Int, users: Column<Int32>, items: Column<Int32>, pairMeans: Column<Double>, userOffsets: Column<Double>,
        itemOffsets: Column<Double>
    ) {
        self.itemClusterCount = itemClusterCount
        self.users = users
        self.items = items
        self.pairMeans = pairMeans
        self.userOffsets = userOffsets
        self.itemOffsets = itemOffsets
    }

    public func estimate(user: Int?, item: Int?) -> Double? {
        guard let user, let item else { return nil }
        return pairMean(user, item) + userOffsets[user] + itemOffsets[item]
    }

    public func parts(user: Int?, item: Int?) -> EstimateParts {
        guard let user, let item else { return .unknown }
        return .sum([
            PartOfSum("clusters", "mean rating of the item's cluster by the user's", pairMean(user, item)),
            PartOfSum("user_offset", "the user's mean less their cluster's", userOffsets[user]),
            PartOfSum("item_offset", "the item's mean less its cluster's", itemOffsets[item]),
        ])
    }

    private func pairMean(_ user: Int, _ item: Int) -> Double {
        pairMeans[Int(users[user]) * itemClusterCount + Int(items[item])]
    }

    public func write(to sections: inout SectionWriter) {
        sections.add("clusters", Column(copying: [UInt64(itemClusterCount)]))
        sections.add("user.clu", users)
        sections.add("item.clu", items)
        sections.add("user.dev", userOffsets)
        sections.add("item.dev", itemOffsets)
        sections.add("pairs", pairMeans)
    }

    public init(from sections: SectionReader) throws(RecommenderError) {
        let counts: Column<UInt64> = try sections.column("clusters", count: 1)
        guard (1...1000).contains(counts[0]) else { throw .corruptModel("its clusters have no count") }
        itemClusterCount = Int(counts[0])
        users = try sections.column("user.clu", count: sections.userCount)
        items = try sections.column("item.clu", count: sections.itemCount)
        userOffsets = try sections.column("user.dev", count: sections.userCount)
        itemOffsets = try sections.column("item.dev", count: sections.itemCount)
        pairMeans = try sections.column("pairs")
        let userClusterCount = pairMeans.count / itemClusterCount
        guard users.buffer.allSatisfy({ $0 >= 0 && $0 < userClusterCount }),
            items.buffer.allSatisfy({ $0 >= 0 && $0 < itemClusterCount })
        else { throw .corruptModel("it names clusters that it does not have") }
    }
}
