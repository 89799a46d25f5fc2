internal import Foundation
public import GRDB
public import Model

/// A pipeline with its newest version, as the database has it.
public struct PipelineRow: Sendable {
    public let key: Int64
    public let name: PipelineName
    public let version: PipelineVersionRow
    public let stopped: Bool
    public let created: Timestamp
}

/// One version of a pipeline.
public struct PipelineVersionRow: Sendable {
    public let number: Int
    public let spec: PipelineSpec
    /// The text that the user gave.
    public let userSpec: String
    public let salt: String
    /// The tree of its code in the spec repo.
    public let code: ObjectID?
    /// The commit of the spec repo that holds it.
    public let specCommit: CommitID

    public init(number: Int, spec: PipelineSpec, userSpec: String, salt: String, code: ObjectID?, specCommit: CommitID) {
        self.number = number
        self.spec = spec
        self.userSpec = userSpec
        self.salt = salt
        self.code = code
        self.specCommit = specCommit
    }

    fileprivate init(_ row: Row) throws {
        number = try row.value("version")
        let text: String = try row.value("spec")
        do {
            spec = try JSONDecoder().decode(PipelineSpec.self, from: Data(text.utf8))
        } catch {
            throw PachError(.corrupt, "a pipeline spec in the database does not parse", cause: "\(error)")
        }
        userSpec = try row.value("user_spec")
        salt = try row.value("salt")
        code = try (row.value("code") as Data?).map(objectID)
        specCommit = try CommitID(parsing: row.value("spec_commit"))
    }
}

extension Database {
    public func pipeline(_ name: PipelineName) throws -> PipelineRow? {
        try pipeline(named: name.description)
    }

    /// The pipeline to which the repo belongs.
    public func pipeline(ofRepo repo: RepoName) throws -> PipelineRow? {
        try pipeline(named: repo.base)
    }

    /// - Parameter name: not each repo's name can be a pipeline's, and no row has such a one.
    private func pipeline(named name: String) throws -> PipelineRow? {
        try cachedStatement(sql: "SELECT * FROM pipeline WHERE name = ?").first([name], as: pipelineRow)
    }

    /// - Throws: `notFound`.
    public func existingPipeline(_ name: PipelineName) throws -> PipelineRow {
        guard let pipeline = try pipeline(name) else {
            let others = try String.fetchAll(self, sql: "SELECT name FROM pipeline ORDER BY name")
            throw PachError(
                .notFound, "pipeline \"\(name)\" not found",
                hint: nearest(to: name.description, among: others).map { "Did you mean \(quoted($0))?" })
        }
        return pipeline
    }

    /// Newest first.
    public func pipelines() throws -> [PipelineRow] {
        try Row.fetchAll(self, sql: "SELECT * FROM pipeline ORDER BY created DESC, key DESC").map(pipelineRow)
    }

    /// In no order.
    public func pipelineNames() throws -> [PipelineName] {
        try String.fetchAll(cachedStatement(sql: "SELECT name FROM pipeline")).map { try PipelineName($0) }
    }

    func pipelinesWithUnfinishedJobs() throws -> [PipelineRow] {
        let sql =
            "SELECT * FROM pipeline WHERE key IN (SELECT pipeline FROM job WHERE finished IS NULL) ORDER BY created DESC, key DESC"
        return try Row.fetchAll(cachedStatement(sql: sql)).map(pipelineRow)
    }

    private func pipelineRow(_ row: Row) throws -> PipelineRow {
        let key: Int64 = try row.value("key")
        return try PipelineRow(
            key: key, name: PipelineName(row.value("name") as String), version: existingPipelineVersion(of: key, row.value("version")),
            stopped: row.value("stopped"), created: timestamp(row.value("created")))
    }

    /// - Returns: nil where a rebuild could not read its spec.
    public func pipelineVersion(of pipeline: Int64, _ number: Int) throws -> PipelineVersionRow? {
        let statement = try cachedStatement(sql: "SELECT * FROM pipeline_version WHERE pipeline = ? AND version = ?")
        return try statement.first([pipeline, number], as: PipelineVersionRow.init)
    }

    /// The version of a pipeline or of a job that is to run.
    public func existingPipelineVersion(of pipeline: Int64, _ number: Int) throws -> PipelineVersionRow {
        guard let version = try pipelineVersion(of: pipeline, number) else {
            throw PachError(.corrupt, "version \(number) of a pipeline is named in the database and not in it")
        }
        return version
    }

    public func insertPipeline(_ name: PipelineName, _ version: PipelineVersionRow, created: Timestamp) throws -> PipelineRow {
        try execute(
            sql: "INSERT INTO pipeline (name, version, stopped, created) VALUES (?, ?, 0, ?)",
            arguments: [name.description, version.number, created.microseconds])
        try insert(version, of: lastInsertedRowID)
        return try existingPipeline(name)
    }

    public func updatePipeline(_ pipeline: PipelineRow, to version: PipelineVersionRow) throws -> PipelineRow {
        try execute(sql: "UPDATE pipeline SET version = ? WHERE key = ?", arguments: [version.number, pipeline.key])
        try insert(version, of: pipeline.key)
        return try existingPipeline(pipeline.name)
    }

    private func insert(_ version: PipelineVersionRow, of pipeline: Int64) throws {
        let spec = String(decoding: try JSONEncoder().encode(version.spec), as: UTF8.self)
        try execute(
            sql: "INSERT INTO pipeline_version (pipeline, version, spec, user_spec, salt, code, spec_commit) VALUES (?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                pipeline, version.number, spec, version.userSpec, version.salt, version.code?.blob ?? .null,
                version.specCommit.description,
            ])
    }

    /// Gives the newest version another salt, so that all datums are processed again.
    public func setSalt(_ salt: String, of pipeline: PipelineRow) throws {
        try execute(
            sql: "UPDATE pipeline_version SET salt = ? WHERE pipeline = ? AND version = ?",
            arguments: [salt, pipeline.key, pipeline.version.number])
    }

    public func setStopped(_ stopped: Bool, _ pipeline: PipelineRow) throws {
        try execute(sql: "UPDATE pipeline SET stopped = ? WHERE key = ?", arguments: [stopped, pipeline.key])
    }

    /// Removes the pipeline, its versions and its jobs.
    public func deletePipeline(_ pipeline: PipelineRow) throws {
        try execute(sql: "DELETE FROM pipeline WHERE key = ?", arguments: [pipeline.key])
    }
}
