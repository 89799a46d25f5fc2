/// Hands out the sections of a model file, checked for length.
public struct SectionReader {
    private let file: SectionFile
    /// How many users the model knows, 1 to 2³¹-1.
    public let userCount: Int
    /// How many items the model knows, 1 to 2³¹-1.
    public let itemCount: Int
    /// The mean of the ratings trained on; 0 in a model that ranks.
    public let mean: Double
    /// Whether contents are to be looked through, which takes reading them all.
    let isVerifying: Bool

    init(_ file: SectionFile, _ settings: ModelSettings, isVerifying: Bool) {
        self.file = file
        userCount = settings.userCount
        itemCount = settings.itemCount
        mean = settings.estimates?.mean ?? 0
        self.isVerifying = isVerifying
    }

    /// The numbers of a section, in place.
    ///
    /// - Parameters:
    ///   - name: The section's name.
    ///   - count: How many they must be, or `nil` for any number.
    /// - Throws: `.corruptModel` when there is no such section, or it has another length.
    func column<Number: BitwiseCopyable>(_ name: String, count: Int? = nil) throws(RecommenderError) -> Column<Number> {
        try file.column(name, count: count)
    }

    /// The numbers of a section; for algorithms outside of this library.
    ///
    /// - Throws: `.corruptModel` when there is no such section, or it has not `count` numbers.
    public func numbers(_ name: String, count: Int) throws(RecommenderError) -> [Double] {
        Array(try column(name, count: count) as Column<Double>)
    }

    /// Lists of numbers: where each begins, and what they hold.
    ///
    /// - Parameters:
    ///   - starts: The section of u64 where each list begins, and the last one ends.
    ///   - members: The section of i32 that the lists hold.
    ///   - count: How many lists there are.
    ///   - limit: What all members are below.
    /// - Throws: `.corruptModel` when the sections are not such lists.
    func lists(
        _ starts: String, _ members: String, count: Int, limit: Int
    ) throws(RecommenderError) -> (starts: Column<Int>, members: Column<Int32>) {
        let starts: Column<Int> = try column(starts, count: count + 1)
        let members: Column<Int32> = try column(members)
        guard starts[0] == 0, starts[count] == members.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
            members.allSatisfy({ $0 >= 0 && $0 < limit })
        else { throw .corruptModel("its lists are not where they must be") }
        return (starts, members)
    }
}

extension SectionFile {
    /// The numbers of a section, in place.
    ///
    /// - Throws: `.corruptModel` when there is no such section, or it has not `count` numbers.
    func column<Number: BitwiseCopyable>(_ name: String, count: Int? = nil) throws(RecommenderError) -> Column<Number> {
        let content = try content(of: name)
        guard let column: Column<Number> = content.numbers(), count == nil || column.count == count else {
            throw .corruptModel("its section '\(name)' has \(content.count) bytes, which is not what its other sections ask for")
        }
        return column
    }
}
