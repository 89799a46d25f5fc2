/// The identifiers of a model's users or items, to be looked up without building anything first.
///
/// In a model file these are three sections, with a prefix `user` or `item`:
///
/// | Section | Content |
/// | --- | --- |
/// | `….ids` | the identifiers' UTF-8, one after the other, in order of inner number |
/// | `….off` | u64, one for each identifier and one more: where it begins in `….ids`, and where the last one ends |
/// | `….ord` | u32, one for each identifier: inner numbers, in byte order of the identifiers, for binary search |
struct IdentifierIndex: Sendable {
    private let bytes: Column<UInt8>
    private let offsets: Column<UInt64>
    private let order: Column<UInt32>

    /// How many identifiers there are.
    var count: Int { order.count }

    /// Indexes those identifiers of a table that were trained on, in the order of their inner numbers.
    init(_ table: IdentifierTable, _ numbers: InnerNumbers) {
        var bytes: [UInt8] = []
        var offsets: [UInt64] = [0]
        for number in numbers.outer {
            table.withBytes(of: Int(number)) { identifier in identifier.withUnsafeBytes { bytes.append(contentsOf: $0) } }
            offsets.append(UInt64(bytes.count))
        }
        let order = (0..<UInt32(numbers.count)).sorted { first, second in
            table.withBytes(of: Int(numbers.outer[Int(first)])) { first in
                table.withBytes(of: Int(numbers.outer[Int(second)])) { second in first.compare(second) < 0 }
            }
        }
        self.bytes = Column(copying: bytes)
        self.offsets = Column(copying: offsets)
        self.order = Column(copying: order)
    }

    /// This index with more identifiers, which get the next inner numbers.
    ///
    /// - Parameter newcomers: Identifiers that are not in it, no two the same.
    func adding(_ newcomers: [String]) -> IdentifierIndex {
        var bytes = Array(self.bytes)
        var offsets = Array(self.offsets)
        for newcomer in newcomers {
            bytes.append(contentsOf: newcomer.utf8)
            offsets.append(UInt64(bytes.count))
        }
        let sorted = newcomers.indices.sorted { newcomers[$0].utf8.lexicographicallyPrecedes(newcomers[$1].utf8) }
        var order: [UInt32] = []
        var next = 0
        for newcomer in sorted {
            let number = UInt32(count + newcomer)
            while next < count, identifier(self.order[next]).withSpan({ $0.compare(newcomers[newcomer].utf8.span) }) < 0 {
                order.append(self.order[next])
                next += 1
            }
            order.append(number)
        }
        order += self.order[next...]
        return IdentifierIndex(bytes: Column(copying: bytes), offsets: Column(copying: offsets), order: Column(copying: order))
    }

    private init(bytes: Column<UInt8>, offsets: Column<UInt64>, order: Column<UInt32>) {
        self.bytes = bytes
        self.offsets = offsets
        self.order = order
    }

    /// Finds an index in a model file, in place.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - prefix: What its sections' names begin with.
    ///   - count: How many identifiers there must be; at least 0.
    /// - Throws: `.corruptModel` when a section is missing or has another length.
    init(_ file: SectionFile, prefix: String, count: Int) throws(RecommenderError) {
        bytes = try file.column("\(prefix).ids")
        offsets = try file.column("\(prefix).off", count: count + 1)
        order = try file.column("\(prefix).ord", count: count)
    }

    /// Checks that offsets ascend within the identifiers' bytes, that these are UTF-8, and that the order is that of the bytes.
    ///
    /// Without that, looking up an identifier that is there may not find it, and nothing worse.
    ///
    /// - Throws: `.corruptModel` for the first that is not so.
    func verify() throws(RecommenderError) {
        guard offsets[0] == 0, offsets[count] == UInt64(bytes.count), zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 }),
            order.allSatisfy({ $0 < count })
        else { throw .corruptModel("its identifiers are not where they must be") }
        // Strictly ascending also means that none stands twice, so that the order holds each number once.
        for position in 0..<max(count - 1, 0) where compare(order[position], order[position + 1]) >= 0 {
            throw .corruptModel("its identifiers are not in order")
        }
        for number in 0..<UInt32(count) where !identifier(number).withSpan({ $0.isUTF8 }) {
            throw .corruptModel("an identifier of it is not UTF-8")
        }
    }

    /// Adds the sections of a model file that hold this index.
    func write(to sections: inout SectionWriter, prefix: String) {
        sections.add("\(prefix).ids", bytes)
        sections.add("\(prefix).off", offsets)
        sections.add("\(prefix).ord", order)
    }

    /// The inner number of an identifier given as UTF-8, or `nil` when it was not trained on.
    ///
    /// - Complexity: O(log count).
    func number(of wanted: Span<UInt8>) -> Int? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = low + (high - low) / 2
            let comparison = identifier(order[middle]).withSpan { $0.compare(wanted) }
            if comparison == 0 { return order[middle] < count ? Int(order[middle]) : nil }
            if comparison < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// The identifier with an inner number in `0..<count`.
    subscript(number: Int) -> String {
        identifier(UInt32(number)).withSpan { String($0) }
    }

    private func compare(_ first: UInt32, _ second: UInt32) -> Int {
        identifier(first).withSpan { first in identifier(second).withSpan { second in first.compare(second) } }
    }

    /// An identifier's bytes; none when the file does not say where they are.
    private func identifier(_ number: UInt32) -> Column<UInt8> {
        guard number < count else { return bytes.extracting(0..<0) }
        let (start, end) = (offsets[Int(number)], offsets[Int(number) + 1])
        guard start <= end, end <= UInt64(bytes.count) else { return bytes.extracting(0..<0) }
        return bytes.extracting(Int(start)..<Int(end))
    }
}
