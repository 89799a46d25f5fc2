internal import Foundation
public import GRDB
public import Model

/// A Git object that is durable in the database and not yet in a pack.
public struct LandedRow: Sendable, Hashable {
    public let id: ObjectID
    /// The kind's number in a pack (gitformat-pack(5)).
    public let kind: UInt8
    /// Bytes when inflated.
    public let size: Int
    /// The zlib stream, of the object or of a delta.
    public let data: [UInt8]
    /// The object that the delta is made to, and the delta's size when inflated; nil where it is no delta.
    public let base: ObjectID?
    public let deltaByteCount: Int?

    public init(id: ObjectID, kind: UInt8, size: Int, data: [UInt8], base: ObjectID? = nil, deltaByteCount: Int? = nil) {
        self.id = id
        self.kind = kind
        self.size = size
        self.data = data
        self.base = base
        self.deltaByteCount = deltaByteCount
    }
}

/// Objects of one repo that became durable with one transaction. They share a row: nobody looks for an object in the database but who opens
/// it, so that a row and an index entry for each would only cost.
public struct LandingRow: Sendable {
    /// Given once in the life of a process, also where the transaction fails: who removes a row removes no other.
    public let number: Int64
    public let repo: Int64
    public let objects: [LandedRow]

    public init(number: Int64, repo: Int64, objects: [LandedRow]) {
        self.number = number
        self.repo = repo
        self.objects = objects
    }
}

extension Database {
    /// Does nothing where the repo is gone: it was deleted in the same transaction.
    public func insertLanding(_ row: LandingRow) throws {
        var bytes = Data(capacity: row.objects.reduce(0) { $0 + $1.data.count + 72 })
        for object in row.objects { object.append(to: &bytes) }
        try run(
            "INSERT INTO landing (number, repo, objects) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM repo WHERE key = ?2)",
            [row.number, row.repo, bytes])
    }

    public func landings() throws -> [LandingRow] {
        try Row.fetchAll(self, sql: "SELECT number, repo, objects FROM landing ORDER BY number").map { row in
            try LandingRow(number: row.value(0), repo: row.value(1), objects: LandedRow.all(in: row.value(2)))
        }
    }

    /// The ids of a repo's.
    public func landedObjects(of repo: RepoRow) throws -> Set<ObjectID> {
        Set(try landings().filter { $0.repo == repo.key }.flatMap { $0.objects.map(\.id) })
    }

    public func deleteLandings(_ numbers: some Sequence<Int64>) throws {
        let statement = try cachedStatement(sql: "DELETE FROM landing WHERE number = ?")
        for number in numbers { try statement.execute(arguments: [number]) }
    }
}

/// The form in the database: id, kind, size; of a delta, whose kind has the highest bit set, the base's id and the delta's size; the length
/// of the data, the data. Numbers have 8 bytes, big-endian.
extension LandedRow {
    private static let deltaBit: UInt8 = 0x80

    fileprivate func append(to bytes: inout Data) {
        func append(_ number: Int, to bytes: inout Data) {
            // A damaged one may be negative: it stays as it was.
            withUnsafeBytes(of: Int64(number).bigEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: id.bytes)
        bytes.append(base == nil ? kind : kind | Self.deltaBit)
        append(size, to: &bytes)
        if let base {
            bytes.append(contentsOf: base.bytes)
            append(deltaByteCount ?? 0, to: &bytes)
        }
        append(data.count, to: &bytes)
        bytes.append(contentsOf: data)
    }

    /// What the row holds. Where its lengths are damaged, the rest of it is taken for one object, whose bytes are not its id's: so it is
    /// found by whoever reads or publishes what landed, and the root opens.
    fileprivate static func all(in bytes: Data) -> [LandedRow] {
        var rest = bytes[...]
        func take(_ count: Int) -> Data? {
            guard count >= 0, count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number() -> Int? {
            take(8).map { Int(truncatingIfNeeded: $0.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }) }
        }
        func id() -> ObjectID? { take(ObjectID.byteCount).map { ObjectID($0) } }
        func row() -> LandedRow? {
            guard let own = id(), let kind = take(1)?.first, let size = number() else { return nil }
            var delta: (base: ObjectID, byteCount: Int)?
            if kind & deltaBit != 0 {
                guard let base = id(), let byteCount = number() else { return nil }
                delta = (base, byteCount)
            }
            guard let length = number(), let data = take(length) else { return nil }
            return LandedRow(
                id: own, kind: kind & ~deltaBit, size: size, data: Array(data), base: delta?.base, deltaByteCount: delta?.byteCount)
        }
        var rows: [LandedRow] = []
        while !rest.isEmpty {
            let left = rest
            guard let row = row() else {
                let padded = Array(left.prefix(ObjectID.byteCount)) + Array(repeating: 0, count: max(0, ObjectID.byteCount - left.count))
                return rows + [LandedRow(id: ObjectID(padded), kind: 0, size: 0, data: Array(left))]
            }
            rows.append(row)
        }
        return rows
    }
}
