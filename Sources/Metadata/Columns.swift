internal import Foundation
internal import GRDB
internal import Model

// What several tables have in common: the form of object ids, times and amounts, and the values of one column.

func objectID(_ bytes: Data) throws(PachError) -> ObjectID {
    guard bytes.count == ObjectID.byteCount else {
        throw PachError(.corrupt, "an object id in the database has \(bytes.count) bytes")
    }
    return bytes.withUnsafeBytes { ObjectID($0) }
}

/// A number of bytes or of things.
func amount(_ number: Int64) throws(PachError) -> Int64 {
    guard Amount.range.contains(number) else { throw PachError(.corrupt, "a number of bytes or datums in the database is \(number)") }
    return number
}

func timestamp(_ microseconds: Int64) throws(PachError) -> Timestamp {
    guard microseconds.magnitude <= 1 << 61 else {
        throw PachError(.corrupt, "a time in the database is \(microseconds) microseconds after 1970")
    }
    return Timestamp(microseconds: microseconds)
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

extension Row {
    /// The value of a column. GRDB's subscripts end the program where it has none of that type, which takes one flipped bit in the file.
    /// - Throws: `corrupt`.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: String) throws(PachError) -> Value {
        try value(inColumn: column) { try decode(forColumn: column) }
    }

    /// The same of the column at an index, which is found faster.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) throws(PachError) -> Value {
        try value(inColumn: "\(index)") { try decode(atIndex: index) }
    }

    private func value<Value>(inColumn name: String, _ decode: () throws -> Value) throws(PachError) -> Value {
        do {
            return try decode()
        } catch {
            throw PachError(
                .corrupt, "a row of the database has no \(Value.self) in column \(name)", cause: "\(error)",
                hint: "Run 'pach fsck' to see what is hit.")
        }
    }
}
