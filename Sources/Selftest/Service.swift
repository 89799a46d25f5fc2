internal import Glibc

/// A server, and clients that put files, each on a branch of its own.
struct Service: Sendable {
    /// What the server does to files while nothing goes wrong.
    private(set) var operations: [FileOperation] = []
    private var facts: RootFacts?

    private static let puts = [
        (branch: "first", words: ["-f", "small"]), (branch: "second", words: ["-f", "big"]), (branch: "third", words: ["-f", "more"]),
    ]
    /// The step before which the server is started: there is a repo, and something in it.
    private static let step = 3

    init() {}

    /// Learns what a server does.
    init(_ reference: Reference, _ house: House) throws {
        try reference.disks[Self.step].write(to: house.data)
        let run = try Self.run(FaultPlan(), house)
        guard run.server.code == 0, run.acknowledged.count == Self.puts.count else {
            throw SelftestFailure("nothing went wrong, and yet the server: \(run.server.summary)")
        }
        operations = try house.takeRecord()
        facts = try RootFacts(of: house)
    }

    /// Runs server and clients.
    /// - Returns: how the server ended, and the branches on which a put was acknowledged.
    private static func run(_ plan: FaultPlan, _ house: House) throws -> (server: ProgramOutcome, acknowledged: Set<String>) {
        let server = try house.start(["serve", "--listen", "127.0.0.1:0"], plan: plan, records: true)
        try server.wait(for: "Listening on")
        var acknowledged: Set<String> = []
        // Once the server is gone a client would do the work itself, which is not what is tried.
        for put in puts where !server.hasEnded {
            let outcome = try house.pach(["put", "file", "in@\(put.branch):/file", "--lock-timeout", "2s"] + put.words)
            guard outcome.code == 0 || outcome.code == 1 && outcome.error.contains("Error: ") else {
                throw Problem("a client of the server: \(outcome.summary)")
            }
            if outcome.code == 0 { acknowledged.insert(put.branch) }
        }
        server.send(SIGTERM)
        return (try server.wait(), acknowledged)
    }

    func judge(_ plan: FaultPlan, _ reference: Reference, _ house: House) throws -> Bool {
        try reference.disks[Self.step].write(to: house.data)
        let run = try Self.run(plan, house)
        let happened = try house.takeRecord().contains(where: \.wasInjected) || run.server.code == 128 + SIGKILL
        guard [0, 1, 128 + SIGKILL].contains(run.server.code) else { throw Problem("the server: \(run.server.summary)") }
        guard var expected = facts else { preconditionFailure("a service is judged by what it did before") }
        let found = try RootFacts(of: house)
        for put in Self.puts where !run.acknowledged.contains(put.branch) && found.without(put.branch) == found {
            expected = expected.without(put.branch)
        }
        guard found == expected else { throw Problem("afterwards it shows \(found.difference(from: expected))") }
        try RootFacts.checkWithGit(house)
        return happened
    }
}
