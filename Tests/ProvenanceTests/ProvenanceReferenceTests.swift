import Model
import Provenance
import TestSupport
import Testing

/// Random changes against plain closures over a list of edges.
@Suite struct ProvenanceReferenceTests {
    struct Reference {
        var sources: [Branch: Set<Branch>] = [:]

        /// Everything reached by at least one step, computed by repeating until nothing is new.
        func provenance(of branch: Branch) -> Set<Branch> {
            var found = sources[branch] ?? []
            while true {
                let larger = found.reduce(found) { $0.union(sources[$1] ?? []) }
                if larger == found { return found }
                found = larger
            }
        }

        var branches: Set<Branch> { sources.values.reduce(Set(sources.keys)) { $0.union($1) } }

        var isAllowed: Bool {
            branches.allSatisfy { branch in
                let provenance = provenance(of: branch)
                let all = provenance.union([branch])
                return !provenance.contains(branch) && Set(all.map(\.repo)).count == all.count
            }
        }
    }

    @Test func `Agrees with plain closures`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        for round in 0..<60 {
            let all = try (0..<10).flatMap { number in
                try ["master", "dev"].map { Branch(repo: try RepoName("r\(number)"), name: try BranchName($0)) }
            }
            // Mostly one branch of each repo, or hardly any change would be allowed.
            let pool = all.filter { $0.name == .master || Int.random(in: 0..<4, using: &generator) == 0 }
            var graph = ProvenanceGraph()
            var reference = Reference()
            for step in 0..<40 {
                let context = "seed \(seed), round \(round), step \(step)"
                let branch = try #require(pool.randomElement(using: &generator))
                let count = Int.random(in: 0...3, using: &generator)
                let sources = Set(pool.shuffled(using: &generator).prefix(count))
                var changed = reference
                changed.sources[branch] = sources.isEmpty ? nil : sources
                let before = graph
                do throws(PachError) {
                    try graph.setDirectProvenance(of: branch, to: sources)
                    #expect(changed.isAllowed, "\(context)")
                    reference = changed
                } catch {
                    #expect(!changed.isAllowed, "\(context): \(error)")
                    #expect(graph == before, "\(context)")
                    checkCycle(error, branch, sources, reference, context)
                }
            }
            check(graph, reference, pool, "seed \(seed), round \(round)")
        }
    }

    private func check(_ graph: ProvenanceGraph, _ reference: Reference, _ pool: [Branch], _ context: String) {
        #expect(Set(graph.branches) == reference.branches, "\(context)")
        expectOrdered(graph.branches, reference, context)
        #expect(graph == (try? ProvenanceGraph(directProvenance: reference.sources.mapValues { Array($0) })), "\(context)")
        for branch in pool {
            let provenance = graph.provenance(of: branch)
            #expect(Set(provenance) == reference.provenance(of: branch), "\(context), \(branch)")
            expectOrdered(provenance, reference, context)
            let subvenance = graph.subvenance(of: branch)
            #expect(Set(subvenance) == reference.branches.filter { reference.provenance(of: $0).contains(branch) }, "\(context), \(branch)")
            expectOrdered(subvenance, reference, context)
        }
        let some = pool.prefix(3)
        let downstream = graph.downstream(of: some)
        #expect(Set(downstream) == reference.branches.filter { !reference.provenance(of: $0).isDisjoint(with: some) }, "\(context)")
        expectOrdered(downstream, reference, context)
    }

    /// Each branch once, and after all of its provenance.
    private func expectOrdered(_ branches: [Branch], _ reference: Reference, _ context: String) {
        #expect(Set(branches).count == branches.count, "\(context)")
        for (index, branch) in branches.enumerated() {
            #expect(reference.provenance(of: branch).isDisjoint(with: branches[index...]), "\(context), \(branch)")
        }
    }

    /// The cycle that is named is one: each step is an edge, before or because of the change.
    private func checkCycle(_ error: PachError, _ branch: Branch, _ sources: Set<Branch>, _ reference: Reference, _ context: String) {
        guard let colon = error.message.firstRange(of: "cycle: ") else { return }
        let names = error.message[colon.upperBound...].split(separator: " -> ").map { String($0) }
        #expect(names.first == branch.description && names.last == branch.description && names.count >= 2, "\(context): \(error)")
        for (source, target) in zip(names, names.dropFirst()) {
            let direct = target == branch.description ? sources : reference.sources.first { $0.key.description == target }?.value ?? []
            #expect(direct.contains { $0.description == source }, "\(context): \(error)")
        }
    }
}
