/// Names with a vector each, such as embeddings of texts, or how much of each genre there is: read from lines of a name and numbers,
/// separated by tabs.
public struct Vectors: Sendable {
    /// Whose they are, in the order of the lines.
    let names: IdentifierTable
    /// How many numbers each has.
    let dimension: Int
    /// The numbers of one vector after the other, each vector scaled to the length 1; one of zeros stays so.
    let numbers: [Float]

    /// Reads a file. Blank lines are skipped.
    ///
    /// - Throws: `.io` when it cannot be read, `.invalidInput`, naming file and line, when a line is no vector, has not as many numbers as
    ///   those before it, or has a name that was there before.
    public init(contentsOf path: String) throws(RecommenderError) {
        var names = IdentifierTable()
        var dimension = 0
        var numbers: [Float] = []
        try LineReader.forEachLine(of: path) { (line, number) throws(RecommenderError) in
            if line.count == 0 { return }
            func invalid(_ what: String) -> RecommenderError {
                RecommenderError(
                    .invalidInput, "\(path):\(number): \(what)",
                    hint: "A line is a name and its numbers, separated by tabs, as many on each line.")
            }
            var vector: [Double] = []
            var start = line.firstIndex(ofByte: UInt8(ascii: "\t")) ?? line.count
            let count = names.count
            guard start > 0, try names.insert(line.extracting(first: start)) == count else {
                throw invalid(start == 0 ? "the name is empty" : "'\(String(line.extracting(first: start)))' was there before")
            }
            while start < line.count {
                let rest = line.extracting((start + 1)...)
                let field = rest.extracting(first: rest.firstIndex(ofByte: UInt8(ascii: "\t")) ?? rest.count)
                guard let value = DecimalNumber.parse(field), abs(value) <= RatingsReader.ratingLimit else {
                    throw invalid("'\(String(field))' is not a usable number")
                }
                vector.append(value)
                start += field.count + 1
            }
            guard !vector.isEmpty, dimension == 0 || vector.count == dimension else {
                throw invalid("the line has \(vector.count) numbers\(dimension > 0 ? ", and those before it \(dimension)" : "")")
            }
            dimension = vector.count
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            numbers += vector.map { Float(length > 0 ? $0 / length : 0) }
        }
        self.names = names
        self.dimension = dimension
        self.numbers = numbers
    }
}
