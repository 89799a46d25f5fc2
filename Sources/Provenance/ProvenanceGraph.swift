public import Model

/// Which branches are made of which: the DAG that pipelines span.
///
/// A branch's *direct provenance* are the branches it is made of; its *provenance* are those, theirs, and so on; its *subvenance*
/// is the other direction. The graph has no cycle, and no branch's provenance holds two branches of one repo: a change that
/// would break either is refused, and leaves the graph as it was.
public struct ProvenanceGraph: Sendable, Hashable {
    /// For each branch that has provenance, its direct provenance.
    private var sources: [Branch: Set<Branch>] = [:]
    /// The same edges seen from the other end.
    private var targets: [Branch: Set<Branch>] = [:]

    public init() {}

    /// The graph of these pipelines, in any order.
    /// - Throws: as `insert` does.
    public init(_ specs: some Sequence<PipelineSpec>) throws(PachError) {
        for spec in specs { link(spec) }
        try checkAll()
    }

    /// The graph of these edges: for each branch its direct provenance.
    /// - Throws: as `setDirectProvenance` does.
    public init(directProvenance: [Branch: [Branch]]) throws(PachError) {
        for (branch, provenance) in directProvenance { link(branch, to: Set(provenance)) }
        try checkAll()
    }

    // MARK: Change

    /// Adds a pipeline, or gives it new inputs: its output and its datum records are made of its inputs and its spec.
    /// - Throws: `invalidArgument` where the pipeline would read its own output, also by way of others, or two branches of one repo.
    public mutating func insert(_ spec: PipelineSpec) throws(PachError) {
        var changed = self
        // Another branch of the repo may have been the output so far.
        changed.remove(spec.name)
        changed.link(spec)
        for branch in Self.outputs(of: spec) { try changed.check(branch) }
        self = changed
    }

    /// Removes what a pipeline adds; what others read from it stays read.
    public mutating func remove(_ pipeline: PipelineName) {
        let repos = [pipeline.repo(.user), pipeline.repo(.meta)]
        for branch in sources.keys where repos.contains(branch.repo) { unlink(branch) }
    }

    /// Replaces the direct provenance of a branch; none removes it.
    /// - Throws: `invalidArgument` where that makes a cycle, or joins two branches of one repo.
    public mutating func setDirectProvenance(of branch: Branch, to provenance: Set<Branch>) throws(PachError) {
        var changed = self
        changed.link(branch, to: provenance)
        try changed.check(branch)
        self = changed
    }

    private static func outputs(of spec: PipelineSpec) -> [Branch] {
        [spec.output, Branch(repo: spec.name.repo(.meta), name: spec.outputBranch)]
    }

    private mutating func link(_ spec: PipelineSpec) {
        let provenance = Set(spec.input.pfsInputs.map(\.source) + [Branch(repo: spec.name.repo(.spec))])
        for branch in Self.outputs(of: spec) { link(branch, to: provenance) }
    }

    private mutating func link(_ branch: Branch, to provenance: Set<Branch>) {
        unlink(branch)
        guard !provenance.isEmpty else { return }
        sources[branch] = provenance
        for source in provenance { targets[source, default: []].insert(branch) }
    }

    private mutating func unlink(_ branch: Branch) {
        for source in sources.removeValue(forKey: branch) ?? [] {
            targets[source]?.remove(branch)
            if targets[source]?.isEmpty == true { targets[source] = nil }
        }
    }

    // MARK: Checks

    /// Refuses what a change of the direct provenance of `branch` can have broken.
    private func check(_ branch: Branch) throws(PachError) {
        if let cycle = shortestCycle(through: branch) { throw Self.error(cycle: cycle) }
        try refuseMeetingBranches(of: reachable(from: [branch], targets).union([branch]))
    }

    /// Checks everything at once; after each of many changes that would cost the square of their number.
    private func checkAll() throws(PachError) {
        if let cycle = anyCycle() { throw Self.error(cycle: cycle) }
        let all = Set(sources.keys).union(targets.keys)
        guard Set(all.map(\.repo)).count < all.count else { return }
        try refuseMeetingBranches(of: all)
    }

    /// Refuses two branches of a repo in the provenance of one of `branches`, which hold all of their own subvenance.
    private func refuseMeetingBranches(of branches: Set<Branch>) throws(PachError) {
        // What has no subvenance has the provenance of all that leads to it.
        for sink in branches.sorted() where targets[sink] == nil {
            let all = reachable(from: [sink], sources).union([sink])
            let repos = Dictionary(grouping: all, by: \.repo)
            if let repo = repos.filter({ $0.value.count > 1 }).keys.min() {
                throw PachError(
                    .invalidArgument, "multiple branches from the same repo, \(quoted(repo.description)), cannot participate in a DAG")
            }
        }
    }

    /// A shortest way along which data flows from the branch back to it.
    private func shortestCycle(through branch: Branch) -> [Branch]? {
        var origins: [Branch: Branch] = [:]
        var open = [branch]
        while !open.isEmpty, origins[branch] == nil {
            var next: [Branch] = []
            for source in open {
                for target in (targets[source] ?? []).sorted() where origins[target] == nil {
                    origins[target] = source
                    next.append(target)
                }
            }
            open = next
        }
        guard var step = origins[branch] else { return nil }
        var path = [branch, step]
        while step != branch, let origin = origins[step] {
            path.append(origin)
            step = origin
        }
        return path.reversed()
    }

    private func anyCycle() -> [Branch]? {
        let sorted = Set(branches)
        // Those on a cycle, and those made of them, have no place in an order.
        return sources.keys.filter { !sorted.contains($0) }.sorted().lazy.compactMap { shortestCycle(through: $0) }.first
    }

    private static func error(cycle: [Branch]) -> PachError {
        let names = cycle.map(\.description).joined(separator: " -> ")
        return PachError(
            .invalidArgument, "provenance cannot form a cycle: \(names)", hint: "A pipeline cannot read what is made of its own output.")
    }

    // MARK: Questions

    /// Every branch that has provenance or subvenance, each after all of its provenance.
    public var branches: [Branch] {
        topologicallySorted(Set(sources.keys).union(targets.keys))
    }

    /// In the order of their names.
    public func directProvenance(of branch: Branch) -> [Branch] {
        (sources[branch] ?? []).sorted()
    }

    /// All that the branch is made of, each after all of its own provenance; without the branch.
    public func provenance(of branch: Branch) -> [Branch] {
        topologicallySorted(reachable(from: [branch], sources))
    }

    /// All that is made of the branch, each after all of its own provenance; without the branch.
    public func subvenance(of branch: Branch) -> [Branch] {
        downstream(of: [branch])
    }

    /// All that is made of any of `branches`, each once and after all of its own provenance: the order in which a change of
    /// them propagates. One of `branches` is there only if it is made of another.
    public func downstream(of branches: some Sequence<Branch>) -> [Branch] {
        topologicallySorted(reachable(from: branches, targets))
    }

    // MARK: Walking

    /// What can be reached by at least one edge.
    private func reachable(from branches: some Sequence<Branch>, _ edges: [Branch: Set<Branch>]) -> Set<Branch> {
        var found: Set<Branch> = []
        var open = Array(branches)
        while let branch = open.popLast() {
            for next in edges[branch] ?? [] where found.insert(next).inserted { open.append(next) }
        }
        return found
    }

    /// By generations: first those that depend on no other of `branches`, each generation in the order of the names.
    private func topologicallySorted(_ branches: Set<Branch>) -> [Branch] {
        var missing: [Branch: Int] = [:]
        for branch in branches { missing[branch] = sources[branch]?.count { branches.contains($0) } ?? 0 }
        var result: [Branch] = []
        var generation = missing.filter { $0.value == 0 }.keys.sorted()
        while !generation.isEmpty {
            result += generation
            var next: [Branch] = []
            for branch in generation {
                for target in targets[branch] ?? [] {
                    guard let count = missing[target] else { continue }
                    missing[target] = count - 1
                    if count == 1 { next.append(target) }
                }
            }
            generation = next.sorted()
        }
        return result
    }
}
