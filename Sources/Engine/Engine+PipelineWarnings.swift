internal import GRDB
internal import Ledger
internal import Metadata
internal import Model
internal import Scheduling
internal import Threads

extension Engine {
    /// What would keep a pipeline from its work as things are: no mistake, since it may come later, and like one to whom it stays away.
    func warnings(about spec: PipelineSpec) async throws -> [String] {
        var warnings = try await ledger.read { database in
            try spec.input.pfsInputs.compactMap { try database.warning(about: $0.source) }
        }
        if try await blocking({ [scheduler] in try scheduler.lacksProgram(of: spec.transform) }), let program = spec.transform.cmd.first {
            warnings.append("The program \(quoted(program)) is not on the machine that runs the jobs, so far; they would fail.")
        }
        return warnings
    }
}

extension Database {
    fileprivate func warning(about input: Branch) throws -> String? {
        let present = try branches(of: existingRepo(input.repo)).map(\.branch.name)
        // In a new repo the first put makes it.
        guard !present.contains(input.name), !present.isEmpty || input.name != .master else { return nil }
        let others = present.isEmpty ? "none" : present.map(\.description).sorted().joined(separator: ", ")
        return "The branch \(input) does not exist, so far; there are no datums until something is put there. "
            + "Branches of \(input.repo): \(others)."
    }
}
