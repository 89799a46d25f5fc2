internal import Foundation
internal import Model
internal import Storage

/// What a job leaves in its `.meta` commit beside the records of its datums, for the job that builds on it.
struct JobNote: Codable, Hashable {
    var job: JobID
    /// The identity of the code that ran: outputs of other code are no base.
    var code: String
    var salt: String
    /// Datums that ended as recovered: they are tried again by the next job, whatever their inputs.
    var recovered: [Digest]

    /// Where it stands. No datum's record can: those lie two folders deep.
    static let path = FilePath([name])

    private static let name: FileName = {
        guard let name = try? FileName("job") else { preconditionFailure("'job' is a file name") }
        return name
    }()

    func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a job's note is always JSON") }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// - Returns: nil where there is none.
    static func read(from meta: ObjectID, _ objects: any ObjectReader) throws -> JobNote? {
        guard let node = try TreeReader(objects).node(at: path, in: meta) else { return nil }
        let reader = FileReader(objects)
        let bytes = try reader.bytes(reader.file(node))
        do {
            return try JSONDecoder().decode(JobNote.self, from: Data(bytes))
        } catch {
            throw PachError(.corrupt, "the note of a job in its meta commit does not parse", cause: "\(error)")
        }
    }
}
