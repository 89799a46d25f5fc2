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
    private let bytes: [UInt8]
    private let offsets: [UInt64]
    private let order: [UInt32]

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
        order = (0..<UInt32(numbers.count)).sorted { first, second in
            table.withBytes(of: Int(numbers.outer[Int(first)])) { first in
                table.withBytes(of: Int(numbers.outer[Int(second)])) { second in first.compare(second) < 0 }
            }
        }
        self.bytes = bytes
        self.offsets = offsets
    }

    /// Reads an index from a model file.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - prefix: What its sections' names begin with.
    ///   - count: How many identifiers there must be; at least 0.
    /// - Throws: `.corruptModel` unless offsets ascend within the identifiers' bytes, these are UTF-8, and the order is that of the
    ///   bytes.
    init(_ file: SectionFile, prefix: String, count: Int) throws(RecommenderError) {
        bytes = Array(try file.section("\(prefix).ids", count: nil, of: 1))
        offsets = LittleEndian.numbers(try file.section("\(prefix).off", count: count + 1, of: 8))
        order = LittleEndian.numbers(try file.section("\(prefix).ord", count: count, of: 4))
        guard offsets.first == 0, offsets.last == UInt64(bytes.count), zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 }),
            order.allSatisfy({ $0 < count })
        else { throw .corruptModel("its \(prefix) identifiers are not where they must be") }
        // Strictly ascending also means that none stands twice, so that the order holds each number once.
        for position in 0..<max(count - 1, 0) {
            let (first, second) = (identifier(order[position]), identifier(order[position + 1]))
            guard bytes.span.extracting(first).compare(bytes.span.extracting(second)) < 0 else {
                throw .corruptModel("its \(prefix) identifiers are not in order")
            }
        }
        for number in 0..<UInt32(count) {
            guard bytes.span.extracting(identifier(number)).isUTF8 else { throw .corruptModel("a \(prefix) identifier is not UTF-8") }
        }
    }

    /// The sections of a model file that hold this index.
    func sections(prefix: String) -> [(name: String, content: [UInt8])] {
        [
            ("\(prefix).ids", bytes), ("\(prefix).off", LittleEndian.bytes(offsets)), ("\(prefix).ord", LittleEndian.bytes(order)),
        ]
    }

    /// The inner number of an identifier given as UTF-8, or `nil` when it was not trained on.
    ///
    /// - Complexity: O(log count).
    func number(of wanted: Span<UInt8>) -> Int? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = low + (high - low) / 2
            let comparison = bytes.span.extracting(identifier(order[middle])).compare(wanted)
            if comparison == 0 { return Int(order[middle]) }
            if comparison < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Where an identifier's bytes are.
    private func identifier(_ number: UInt32) -> Range<Int> {
        Int(offsets[Int(number)])..<Int(offsets[Int(number) + 1])
    }
}
