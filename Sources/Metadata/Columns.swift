internal import Foundation
internal import GRDB
internal import Model

// What several tables have in common: the form of object ids, and the values of one column.

func objectID(_ bytes: Data) throws(PachError) -> ObjectID {
    guard bytes.count == ObjectID.byteCount else {
        throw PachError(.corrupt, "an object id in the database has \(bytes.count) bytes")
    }
    return bytes.withUnsafeBytes { ObjectID($0) }
}

extension ObjectID {
    /// The form in which the database keeps it.
    var blob: DatabaseValue { Data(bytes).databaseValue }
}

extension Database {
    /// The values of a query's one column, each once, in the order in which they come. Reads no more rows than that takes.
    func firstDistinct(_ sql: String, limit: Int?) throws -> [String] {
        var seen: Set<String> = []
        var values: [String] = []
        let cursor = try String.fetchCursor(cachedStatement(sql: sql))
        while values.count < limit ?? .max, let value = try cursor.next() {
            if seen.insert(value).inserted { values.append(value) }
        }
        return values
    }
}
