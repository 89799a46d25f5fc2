internal import Datums
internal import Foundation
public import Model
public import Storage

/// What a job leaves in its `.meta` commit beside the records of its datums, for the job that builds on it.
public struct JobNote: Codable, Hashable {
    public var job: JobID
    /// The identity of the code that ran: outputs of other code are no base.
    var code: String
    public var salt: String
    /// Datums that ended as recovered: they are tried again by the next job, whatever their inputs.
    var recovered: [Digest]
    /// What else is known of the job, so that its repo tells it without our database; nil in notes of versions that did not write it.
    public var figures: Figures?

    public struct Figures: Codable, Hashable, Sendable {
        public var version: Int
        /// No job restarts; older versions refuse a note without it.
        private var restart = 0
        public var total: Int
        public var processed: Int
        public var skipped: Int
        public var failed: Int
        public var recovered: Int
        public var stats: ProcessStatistics
        public var planning: Double?
        public var created: Timestamp
        public var started: Timestamp?

        init(
            version: Int, counts: DatumCounts, stats: ProcessStatistics, planning: Double?, created: Timestamp, started: Timestamp?
        ) {
            self.version = version
            total = counts.total
            processed = counts.processed
            skipped = counts.skipped
            failed = counts.failed
            recovered = counts.recovered
            self.stats = stats
            self.planning = planning
            self.created = created
            self.started = started
        }

        public var counts: DatumCounts {
            var counts = DatumCounts()
            counts.total = total
            counts.processed = processed
            counts.skipped = skipped
            counts.failed = failed
            counts.recovered = recovered
            return counts
        }
    }

    /// Where it stands. No datum's record can: those lie two folders deep.
    static let path = FilePath([.fixed("job")])

    func encoded() -> [UInt8] {
        CanonicalJSON.bytes(of: self) + [UInt8(ascii: "\n")]
    }

    /// - Returns: nil where there is none.
    public static func read(from meta: ObjectID, _ objects: any ObjectReader) throws -> JobNote? {
        guard let node = try TreeReader(objects).node(at: path, in: meta) else { return nil }
        let reader = FileReader(objects)
        return try JobNote(parsing: reader.bytes(reader.file(node)))
    }
}

extension JobNote {
    /// - Throws: `corrupt`, also where it says what no job can have: a rebuild would bring that to the database, which refuses to read it.
    init(parsing bytes: [UInt8]) throws(PachError) {
        do {
            self = try JSONDecoder().decode(JobNote.self, from: Data(bytes))
        } catch {
            throw PachError(.corrupt, "the note of a job in its meta commit does not parse", cause: "\(error)")
        }
        guard let counts = figures?.counts else { return }
        let all = [counts.total, counts.processed, counts.skipped, counts.failed, counts.recovered]
        guard all.allSatisfy({ Amount.range.contains(Int64($0)) }) else {
            throw PachError(.corrupt, "the note of a job in its meta commit tells of numbers of datums that cannot be", cause: "\(all)")
        }
    }
}
