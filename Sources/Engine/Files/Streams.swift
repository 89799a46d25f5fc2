internal import Metadata
internal import Model
internal import Storage
internal import Synchronization
internal import Threads

/// How far a download is.
final class Position: Sendable {
    private let rest: Mutex<Range<Int64>>

    init(_ range: Range<Int64>) {
        rest = Mutex(range)
    }

    /// The next part, at most `length` bytes; nil at the end.
    func advance(by length: Int64) -> Range<Int64>? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            let end = min(rest.lowerBound + length, rest.upperBound)
            defer { rest = end..<rest.upperBound }
            return rest.lowerBound..<end
        }
    }
}

/// Objects of two readers, as if they were of one.
struct OverlaidReader: ObjectReader {
    private let first: any ObjectReader
    private let second: (any ObjectReader)?

    init(_ first: any ObjectReader, _ second: (any ObjectReader)?) {
        self.first = first
        self.second = second
    }

    private func owner(of id: ObjectID) throws(PachError) -> any ObjectReader {
        if let second, try !first.contains(id) { return second }
        return first
    }

    func read(_ id: ObjectID) throws(PachError) -> StoredObject { try owner(of: id).read(id) }
    func header(of id: ObjectID) throws(PachError) -> ObjectHeader { try owner(of: id).header(of: id) }

    func contains(_ id: ObjectID) throws(PachError) -> Bool {
        if try first.contains(id) { return true }
        return try second?.contains(id) ?? false
    }
}

extension Cancellation {
    /// Reads for a search, which ends where it was requested.
    func searching(_ objects: any ObjectReader) -> CancellableReader {
        CancellableReader(objects) { () throws(PachError) in
            if self.isRequested { throw PachError(.stopped, "the search was cut off") }
        }
    }
}
