internal import CKernels

/// The order in which gradient descent takes ratings, cut so that several threads can work on it without changing the result.
///
/// Descent goes user by user, and each step needs what the one before left of the user and of the item. Often, as in a file sorted by
/// user and item, all users rated their items in orders that agree: there is one order of the items that each user kept. Cut into
/// segments, it makes a pipeline: while one thread takes a user's ratings of the second segment, another takes the next user's of the
/// first, and each rating still finds what it would find if they were taken one after the other. Where users' orders do not agree there is
/// one segment.
///
/// Everything here depends on the ratings alone.
struct DescentPlan {
    /// The items, as inner numbers, in the order in which their rows stand while descending.
    let order: [Int32]
    /// For each item, where it stands in `order`.
    private let places: [Int32]
    private let segments: Int
    private let userCount: Int
    /// Users that are taken at once.
    private let batch: Int
    /// For each segment, a place for each user and one more: where their ratings begin.
    private let starts: AlignedMemory<Int>
    private let items: AlignedMemory<Int32>
    private let values: AlignedMemory<Float>

    /// Ratings of a user in a segment that make it worth to begin one, and ratings in a batch that make it worth to hand it on.
    private static let (ratingsOfUser, ratingsOfBatch) = (32, 512)
    private static let segmentLimit = 64

    init(_ trainset: Trainset) {
        let perUser = trainset.ratingCount / max(trainset.userCount, 1)
        var wanted = 1
        while wanted < Self.segmentLimit, perUser >= 2 * wanted * Self.ratingsOfUser { wanted *= 2 }
        let agreed = wanted == 1 ? nil : Self.agreedOrder(trainset)
        let order = agreed ?? (0..<Int32(trainset.itemCount)).map { $0 }
        let segments = agreed == nil ? 1 : wanted
        self.order = order
        self.segments = segments
        userCount = trainset.userCount
        batch = max(1, Self.ratingsOfBatch * segments / max(perUser, 1))

        var places = [Int32](repeating: 0, count: trainset.itemCount)
        for (place, item) in order.enumerated() { places[Int(item)] = Int32(place) }
        self.places = places
        let segmentOfPlace = Self.segmentOfPlace(trainset, order, segments)
        let starts = AlignedMemory<Int>(count: segments * (userCount + 1))
        let (items, values) = (AlignedMemory<Int32>(count: trainset.ratingCount), AlignedMemory<Float>(count: trainset.ratingCount))
        var counts = [Int](repeating: 0, count: segments)
        for item in trainset.byUser.others.buffer { counts[segmentOfPlace[Int(places[Int(item)])]] += 1 }
        var next = counts.indices.map { counts[..<$0].reduce(0, +) }
        for user in 0..<userCount {
            for segment in 0..<segments { starts.start[segment * (userCount + 1) + user] = next[segment] }
            for position in trainset.byUser.starts[user]..<trainset.byUser.starts[user + 1] {
                let place = places[Int(trainset.byUser.others[position])]
                let segment = segmentOfPlace[Int(place)]
                items.start[next[segment]] = place
                values.start[next[segment]] = Float(trainset.byUser.values[position])
                next[segment] += 1
            }
        }
        for segment in 0..<segments { starts.start[segment * (userCount + 1) + userCount] = next[segment] }
        (self.starts, self.items, self.values) = (starts, items, values)
    }

    /// Takes all ratings several times, in order: hands each batch of users of each segment to `body`.
    func descend(epochs: Int, on machine: Machine, _ body: (_ ratings: ck_ratings, _ users: Range<Int>) -> Void) {
        let batches = (userCount + batch - 1) / batch
        machine.pipeline(stages: segments, steps: epochs * batches, ring: batches) { segment, step in
            let first = step % batches * batch
            let ratings = ck_ratings(
                starts: starts.start + segment * (userCount + 1), items: items.start, values: values.start, user_count: userCount)
            body(ratings, first..<min(first + batch, userCount))
        }
        withExtendedLifetime((starts, items, values)) {}
    }

    /// Rows in the order of inner numbers, put in the order of `order`.
    func ordered(_ rows: AlignedMemory<Float>, stride: Int, on machine: Machine) -> AlignedMemory<Float> {
        let ordered = AlignedMemory<Float>(count: rows.count)
        machine.forEach(order.count, chunk: 256) { places in
            for place in places {
                (ordered.start + place * stride).update(from: rows.start + Int(order[place]) * stride, count: stride)
            }
        }
        return ordered
    }

    /// Puts rows in the items' order of `order` back in the order of inner numbers, where there is room for them.
    func restore(_ ordered: AlignedMemory<Float>, to rows: AlignedMemory<Float>, stride: Int, on machine: Machine) {
        machine.forEach(order.count, chunk: 256) { places in
            for place in places {
                (rows.start + Int(order[place]) * stride).update(from: ordered.start + place * stride, count: stride)
            }
        }
    }

    /// The items in an order that each user kept, if there is one.
    ///
    /// - Source: Kahn, "Topological Sorting of Large Networks", 1962.
    private static func agreedOrder(_ trainset: Trainset) -> [Int32]? {
        let (starts, items) = (trainset.byUser.starts.buffer, trainset.byUser.others.buffer)
        // An arc from each item to that which a user rated next.
        var firstArc = [Int](repeating: 0, count: trainset.itemCount + 1)
        var waitingFor = [Int32](repeating: 0, count: trainset.itemCount)
        for user in 0..<trainset.userCount {
            for position in (starts[user]..<starts[user + 1]).dropLast() {
                firstArc[Int(items[position]) + 1] += 1
                waitingFor[Int(items[position + 1])] += 1
            }
        }
        for item in 0..<trainset.itemCount { firstArc[item + 1] += firstArc[item] }
        var next = firstArc
        var arcs = [Int32](repeating: 0, count: firstArc[trainset.itemCount])
        for user in 0..<trainset.userCount {
            for position in (starts[user]..<starts[user + 1]).dropLast() {
                let item = Int(items[position])
                arcs[next[item]] = items[position + 1]
                next[item] += 1
            }
        }
        var order = (0..<Int32(trainset.itemCount)).filter { waitingFor[Int($0)] == 0 }
        var taken = 0
        while taken < order.count {
            let item = Int(order[taken])
            taken += 1
            for arc in firstArc[item]..<firstArc[item + 1] {
                let other = arcs[arc]
                waitingFor[Int(other)] -= 1
                if waitingFor[Int(other)] == 0 { order.append(other) }
            }
        }
        return order.count == trainset.itemCount ? order : nil
    }

    /// For each place in an order of the items its segment, so that segments have about as many ratings.
    private static func segmentOfPlace(_ trainset: Trainset, _ order: [Int32], _ segments: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: trainset.itemCount)
        for item in trainset.byUser.others.buffer { counts[Int(item)] += 1 }
        var before = 0
        return order.map { item in
            defer { before += counts[Int(item)] }
            return before * segments / trainset.ratingCount
        }
    }
}
