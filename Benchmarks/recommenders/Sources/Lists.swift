import Recommenders

/// How long it takes to recommend 20 of 27,000 items to one of 1,000,000 users, and to all of them, by factors.
///
///     lists [USERS [ITEMS [FACTORS]]]
@main
struct Lists {
    static func main() throws {
        let sizes =
            CommandLine.arguments.dropFirst().compactMap { Int($0) } + [1_000_000, 27_000, 64].dropFirst(CommandLine.arguments.count - 1)
        let (users, items, factors) = (sizes[0], sizes[1], sizes[2])
        // Each user knows ten items; all items are known to some.
        var dataset = Dataset()
        for user in 0..<users {
            for number in 0..<10 { try dataset.append(user: "\(user)", item: "\((user * 7 + number * 2711) % items)", rating: 1) }
        }
        let trainset = try Trainset(dataset, rows: 0..<dataset.rowCount)
        var algorithm = ImplicitALS()
        // Factors as they are at first do as well as any.
        (algorithm.factors, algorithm.epochs) = (factors, 0)
        let machine = Machine.whole
        let ranker = try algorithm.fit(trainset, on: machine)
        let clock = ContinuousClock()

        var times: [Double] = []
        for turn in 0..<20_000 {
            let user = turn * 7919 % users
            let time = clock.measure { _ = ranker.top(20, for: user..<user + 1, of: trainset, on: machine) }
            times.append(time / .milliseconds(1))
        }
        times.sort()
        print("\(users) users, \(items) items, \(factors) factors, \(machine.threads) threads")
        print("one user: p50 \(times[times.count / 2]) ms, p99 \(times[times.count * 99 / 100]) ms, worst \(times[times.count - 1]) ms")
        // A part at a time, as who writes them to a file would.
        let part = 50_000
        let time = clock.measure {
            for first in stride(from: 0, to: users, by: part) {
                _ = ranker.top(20, for: first..<min(first + part, users), of: trainset, on: machine)
            }
        }
        print("all users: \(time / .seconds(1)) s, \(Double(users) / (time / .seconds(1))) users/s")
    }
}
