/// The identifiers of users or items, numbered from 0 in order of first appearance.
///
/// Identifiers are told apart by their bytes: unlike Swift's strings, text that looks the same but is spelt with other code points
/// differs. Their bytes stand one after the other in one array, since a data set has millions of them.
public struct IdentifierTable: Sendable {
    private var bytes: [UInt8] = []
    /// Where each identifier's bytes begin, and where the last one's end.
    private var offsets: [Int] = [0]
    /// A hash table with linear probing, its size a power of two and at most three quarters full: numbers plus one, 0 where there is
    /// none.
    private var slots: [UInt32] = [0, 0, 0, 0]

    /// The most identifiers that a table takes.
    static let limit = Int(Int32.max)

    /// Makes an empty table.
    public init() {}

    /// How many identifiers there are.
    public var count: Int { offsets.count - 1 }

    /// The identifier with a number in `0..<count`.
    public subscript(number: Int) -> String {
        withBytes(of: number) { String($0) }
    }

    /// The number of an identifier, or `nil` when it is not in the table.
    public func number(of identifier: String) -> Int? {
        number(of: identifier.utf8.span)
    }

    /// The number of an identifier given as UTF-8, or `nil` when it is not in the table.
    func number(of identifier: Span<UInt8>) -> Int? {
        let slot = slots[slot(of: identifier)]
        return slot == 0 ? nil : Int(slot) - 1
    }

    /// The number of an identifier, which joins the table if it is new.
    ///
    /// - Throws: `.invalidInput` when the table is full.
    mutating func insert(_ identifier: Span<UInt8>) throws(RecommenderError) -> Int {
        let place = slot(of: identifier)
        if slots[place] != 0 { return Int(slots[place]) - 1 }
        guard count < Self.limit else {
            throw RecommenderError(.invalidInput, "There are more than \(Self.limit) different users or items", hint: "Use less data.")
        }
        identifier.withUnsafeBytes { bytes.append(contentsOf: $0) }
        offsets.append(bytes.count)
        slots[place] = UInt32(count)
        if count * 4 > slots.count * 3 { grow() }
        return count - 1
    }

    /// Hands the UTF-8 of the identifier with a number in `0..<count` to `body`.
    func withBytes<Result, Failure: Error>(of number: Int, _ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes.span.extracting(offsets[number]..<offsets[number + 1]))
    }

    /// The slot that holds an identifier, or where it would go.
    private func slot(of identifier: Span<UInt8>) -> Int {
        // Swift's hash has a secret seed, so that nobody can choose identifiers that collide; what is stored never depends on it.
        var hasher = Hasher()
        identifier.withUnsafeBytes { hasher.combine(bytes: $0) }
        var place = hasher.finalize() & (slots.count - 1)
        while slots[place] != 0, !withBytes(of: Int(slots[place]) - 1, { $0.isEqual(to: identifier) }) {
            place = (place + 1) & (slots.count - 1)
        }
        return place
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for number in 0..<count {
            let place = withBytes(of: number) { slot(of: $0) }
            slots[place] = UInt32(number + 1)
        }
    }
}
