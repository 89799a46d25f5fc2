import GRDB
import Metadata
import Model
import Operations
import Storage
import Testing

@testable import Ledger

@Suite("Lists of jobs and sets")
struct JobListTests {
    /// Jobs of two pipelines in turn; each set has one of both.
    static func fill(_ ledger: Ledger, _ repo: RepoName) async throws -> (pipelines: [PipelineRow], ids: [JobID]) {
        try await ledger.write { transaction in
            let database = transaction.database
            let pipelines = try ["a", "b"].map { name in
                let spec = try PipelineSpec(
                    name: PipelineName(name), transform: Transform(cmd: ["true"]), input: .pfs(PFSInput(repo: repo, glob: "/*")))
                let version = PipelineVersionRow(
                    number: 1, spec: spec, userSpec: "", salt: "", code: nil, specCommit: .random())
                return try database.insertPipeline(spec.name, version, created: transaction.now)
            }
            let ids = (0..<20).map { _ in JobID.random() }
            for id in ids {
                let commit = try transaction.openCommit(
                    id, on: .master, in: database.existingRepo(repo), parent: nil, origin: .auto, description: "", provenance: [])
                for pipeline in pipelines {
                    _ = try database.insertJob(pipeline: pipeline, id: id, output: commit.seq, created: transaction.now)
                }
            }
            return (pipelines, ids)
        }
    }

    @Test("have the newest first, as many as wanted")
    func order() async throws {
        try await TestLedger.with { ledger, _, repo in
            let (pipelines, ids) = try await Self.fill(ledger, repo)
            let newest = Array(ids.reversed())
            try await ledger.read { database in
                #expect(try database.jobSetIDs(limit: 3) == Array(newest.prefix(3)))
                #expect(try database.jobSetIDs(limit: nil) == newest)
                #expect(try database.commitSetIDs(limit: 3) == Array(newest.prefix(3)))
                for pipeline in pipelines {
                    let jobs = try database.jobs((pipeline.key, nil, [], 4))
                    #expect(jobs.map(\.id) == Array(newest.prefix(4)) && jobs.allSatisfy { $0.pipelineKey == pipeline.key })
                    #expect(try database.lastJob(of: pipeline.key, before: jobs[1].seq)?.id == newest[2])
                    #expect(try database.firstJob(of: pipeline.key, after: jobs[1].seq)?.id == newest[0])
                }
                #expect(try database.jobs((nil, ids[5], [], nil)).map(\.pipelineKey) == pipelines.map(\.key).reversed())
                #expect(try database.jobs((pipelines[0].key, ids[5], [.created], nil)).count == 1)
                #expect(try database.jobs((nil, nil, [.success], nil)).isEmpty)
            }
        }
    }

    @Test("neither sort nor read all jobs that there are")
    func plans() async throws {
        try await TestLedger.with { ledger, _, repo in
            let (pipelines, ids) = try await Self.fill(ledger, repo)
            let key = pipelines[0].key
            let queries: [@Sendable (Database) throws -> Void] = [
                { _ = try $0.jobs((key, nil, [], 1)) }, { _ = try $0.jobs((nil, ids[0], [], nil)) },
                { _ = try $0.lastJob(of: key, before: .max) }, { _ = try $0.firstJob(of: key, after: 0) },
            ]
            let plans = try await ledger.read { database in
                var statements: [String] = []
                database.trace(options: .statement) { statements.append($0.expandedDescription) }
                for query in queries { try query(database) }
                database.trace(nil)
                return try statements.map { sql in
                    try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }.joined(separator: "; ")
                }
            }
            #expect(plans.count == queries.count)
            for plan in plans { #expect(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "\(plan)") }
        }
    }
}
