import Model
import Provenance
import Testing

@Suite struct ProvenanceGraphTests {
    static func branch(_ text: String) throws -> Branch {
        let parts = text.split(separator: "@").map { String($0) }
        return Branch(repo: try RepoName(parts[0]), name: try BranchName(parts.count == 2 ? parts[1] : "master"))
    }

    static func spec(_ name: String, reads inputs: String..., output: String = "master") throws -> PipelineSpec {
        let members = try inputs.map { text in
            let source = try branch(text)
            return PipelineInput.pfs(PFSInput(repo: source.repo, branch: source.name, glob: "/"))
        }
        return PipelineSpec(
            name: try PipelineName(name), transform: Transform(cmd: ["true"]), input: .cross(members),
            outputBranch: try BranchName(output))
    }

    static func names(_ branches: [Branch]) -> [String] {
        branches.map { $0.name == .master ? $0.repo.description : $0.description }
    }

    @Test func `Pipelines span a graph`() throws {
        // train and predict of a recommender, and a report of both; given in the wrong order.
        let graph = try ProvenanceGraph([
            Self.spec("report", reads: "predict", "train"), Self.spec("predict", reads: "streaming", "train"),
            Self.spec("train", reads: "training"),
        ])
        let training = try Self.branch("training")
        #expect(
            Self.names(graph.branches) == [
                "predict.spec", "report.spec", "streaming", "train.spec", "training", "train", "train.meta", "predict", "predict.meta",
                "report", "report.meta",
            ])
        #expect(Self.names(graph.subvenance(of: training)) == ["train", "train.meta", "predict", "predict.meta", "report", "report.meta"])
        #expect(
            Self.names(graph.provenance(of: try Self.branch("predict"))) == [
                "predict.spec", "streaming", "train.spec", "training", "train",
            ])
        #expect(Self.names(graph.directProvenance(of: try Self.branch("predict"))) == ["predict.spec", "streaming", "train"])
        #expect(
            Self.names(graph.downstream(of: [try Self.branch("streaming"), try Self.branch("predict")])) == [
                "predict", "predict.meta", "report", "report.meta",
            ])
        #expect(graph.provenance(of: training).isEmpty)
        #expect(graph.subvenance(of: try Self.branch("unknown")).isEmpty)
    }

    @Test func `A cycle is named`() throws {
        var graph = ProvenanceGraph()
        #expect(
            throws: PachError(
                .invalidArgument, "provenance cannot form a cycle: a@master -> a@master",
                hint: "A pipeline cannot read what is made of its own output.")
        ) { try graph.insert(Self.spec("a", reads: "a")) }
        try graph.insert(Self.spec("b", reads: "a"))
        try graph.insert(Self.spec("c", reads: "b"))
        let before = graph
        let error = #expect(throws: PachError.self) { try graph.insert(Self.spec("a", reads: "data", "c")) }
        #expect(error?.message == "provenance cannot form a cycle: a@master -> b@master -> c@master -> a@master")
        #expect(graph == before)
    }

    @Test func `A pipeline cannot read its own records`() throws {
        var graph = ProvenanceGraph()
        #expect(throws: PachError.self) { try graph.insert(Self.spec("a", reads: "a.meta")) }
        #expect(graph == ProvenanceGraph())
    }

    @Test func `Two branches of a repo do not meet`() throws {
        var graph = ProvenanceGraph()
        let message = "multiple branches from the same repo, 'data', cannot participate in a DAG"
        let direct = #expect(throws: PachError.self) { try graph.insert(Self.spec("a", reads: "data", "data@dev")) }
        #expect(direct?.message == message)
        // Apart they may be read.
        try graph.insert(Self.spec("a", reads: "data"))
        try graph.insert(Self.spec("b", reads: "data@dev"))
        let meeting = #expect(throws: PachError.self) { try graph.insert(Self.spec("c", reads: "a", "b")) }
        #expect(meeting?.message == message)
        // Also when the change is upstream of where they meet.
        try graph.insert(Self.spec("c", reads: "a", "x"))
        let upstream = #expect(throws: PachError.self) { try graph.insert(Self.spec("x", reads: "data@dev")) }
        #expect(upstream?.message == message)
        // Deferred processing: a pipeline may feed what its own source's other branch feeds, if they do not meet.
        try graph.insert(Self.spec("x", reads: "data"))
    }

    @Test func `Updating a pipeline moves its edges`() throws {
        var graph = try ProvenanceGraph([Self.spec("a", reads: "x")])
        try graph.insert(Self.spec("a", reads: "y", output: "dev"))
        #expect(Self.names(graph.branches) == ["a.spec", "y", "a@dev", "a.meta@dev"])
        // What was a cycle is none once the old inputs are gone.
        try graph.insert(Self.spec("x", reads: "a@dev"))
        graph.remove(try PipelineName("x"))
        graph.remove(try PipelineName("a"))
        #expect(graph == ProvenanceGraph())
    }

    @Test func `Pipelines that are read together are checked together`() throws {
        let cycle = #expect(throws: PachError.self) {
            try ProvenanceGraph([
                Self.spec("a", reads: "c"), Self.spec("b", reads: "a"), Self.spec("c", reads: "b"), Self.spec("A", reads: "a"),
            ])
        }
        #expect(cycle?.message == "provenance cannot form a cycle: a@master -> b@master -> c@master -> a@master")
        let meeting = #expect(throws: PachError.self) {
            try ProvenanceGraph([Self.spec("c", reads: "a", "b"), Self.spec("a", reads: "r"), Self.spec("b", reads: "r@dev")])
        }
        #expect(meeting?.message == "multiple branches from the same repo, 'r', cannot participate in a DAG")
    }

    @Test func `Long chains are walked without recursion`() throws {
        let count = 2000
        var graph = try ProvenanceGraph((0..<count).reversed().map { try Self.spec("p\($0 + 1)", reads: "p\($0)") })
        let outputs = graph.subvenance(of: try Self.branch("p0")).filter { $0.repo.kind == .user }
        #expect(outputs.map(\.repo.base) == (1...count).map { "p\($0)" })
        #expect(throws: PachError.self) { try graph.insert(Self.spec("p0", reads: "p\(count)")) }
    }
}
