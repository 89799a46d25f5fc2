import GRDB
import Metadata
import Model
import Provenance
import TestSupport
import Testing

@testable import Ledger

@Suite("Direct provenance below branches")
struct DownstreamProvenanceTests {
    private static func branch(_ number: Int) throws -> Branch { try Branch(repo: RepoName("r\(number)"), name: .master) }

    @Test("is that of all that is made from them, and of nothing else")
    func random() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix(seed: seed)
        try await TestLedger.with { ledger, _, _ in
            var edges: [Branch: Set<Branch>] = [:]
            for number in 1..<40 where Int.random(in: 0..<4, using: &random) > 0 {
                let sources = (0..<Int.random(in: 1...3, using: &random)).map { _ in Int.random(in: 0..<number, using: &random) }
                edges[try Self.branch(number)] = try Set(sources.map(Self.branch))
            }
            let all = edges
            try await ledger.write { transaction in
                for (branch, sources) in all { try transaction.database.setDirectProvenance(of: branch, to: sources) }
            }
            let graph = try ProvenanceGraph(directProvenance: all.mapValues(Array.init))
            for count in [1, 2, 5] {
                let starts = Set(try (0..<count).map { _ in try Self.branch(Int.random(in: 0..<40, using: &random)) })
                let below = try await ledger.read { try $0.directProvenance(below: starts) }
                let expected = graph.downstream(of: starts)
                #expect(below.mapValues(Set.init) == all.filter { expected.contains($0.key) }, "seed \(seed)")
                #expect(try ProvenanceGraph(directProvenance: below).downstream(of: starts) == expected, "seed \(seed)")
            }
        }
    }
}
