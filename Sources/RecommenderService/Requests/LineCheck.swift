import Model
import Recommenders

/// Checks the lines of a request before anything is stored, so that no job comes to fail on them.
///
/// Fields are separated by spaces and tabs. A comma, a control character or a byte order mark within one is refused: the pipelines' readers
/// take a comma for a separator too, and skip the mark where a file begins with it.
struct LineCheck: Sendable {
    /// Mistakes beyond this many are not told.
    static let mistakeCountMax = 20

    private let fields: [String]
    private let example: String
    private let limits: FrontConfiguration.Limits
    private let checkFields: @Sendable ([Substring]) -> String?

    /// Lines of `/train`.
    /// - Parameter scale: what ratings must be within; nil for any number.
    static func ratings(scale: RatingScale?, limits: FrontConfiguration.Limits) -> LineCheck {
        LineCheck(fields: ["user", "item", "rating", "timestamp"], example: "244 346 2 880606923", limits: limits) { fields in
            mistake(inRating: fields[2], scale: scale)
                ?? (Int64(fields[3]) == nil ? "the timestamp \(quoted(String(fields[3]))) is not a whole number" : nil)
        }
    }

    /// Lines of `/predict`.
    static func requests(limits: FrontConfiguration.Limits) -> LineCheck {
        LineCheck(fields: ["user", "item"], example: "233 346", limits: limits) { _ in nil }
    }

    private init(
        fields: [String], example: String, limits: FrontConfiguration.Limits, checkFields: @escaping @Sendable ([Substring]) -> String?
    ) {
        self.fields = fields
        self.example = example
        self.limits = limits
        self.checkFields = checkFields
    }

    /// What to send, for messages.
    var hint: String {
        "Send {\"data\": [\"\(example)\"]}: lines '\(fields.joined(separator: " "))'."
    }

    /// The content of the request's file: a line each, one space between fields.
    /// - Throws: `invalidArgument`, naming the first lines with a mistake and what was expected.
    func content(of data: [DataBody.Line]) throws(PachError) -> [UInt8] {
        guard !data.isEmpty else { throw PachError(.invalidArgument, "'data' is empty", hint: hint) }
        guard data.count <= limits.lineCountMax else {
            throw PachError(
                .tooLarge, "'data' has \(data.count) lines; at most \(limits.lineCountMax) are allowed", hint: "Send several requests.")
        }
        var content: [UInt8] = []
        var mistakes: [PachError.Detail] = []
        for (index, value) in data.enumerated() {
            switch check(value) {
            case .success(let fields):
                content += Array(fields.joined(separator: " ").utf8) + [UInt8(ascii: "\n")]
            case .failure(let mistake):
                mistakes.append(PachError.Detail(line: index + 1, pointer: "/data/\(index)", message: mistake.text))
            }
            if mistakes.count == Self.mistakeCountMax { break }
        }
        guard let first = mistakes.first, let line = first.line else { return content }
        throw PachError(.invalidArgument, "line \(line) of 'data' cannot be used: \(first.message)", hint: hint, details: mistakes)
    }

    private struct Mistake: Error {
        var text: String
    }

    private func check(_ value: DataBody.Line) -> Result<[Substring], Mistake> {
        guard case .text(let line) = value else { return .failure(Mistake(text: "it is not a string")) }
        guard line.utf8.count <= limits.lineByteCountMax else {
            return .failure(Mistake(text: "it has \(line.utf8.count) bytes, more than \(limits.lineByteCountMax)"))
        }
        // By bytes, as the pipelines' readers do: of a space with an accent a string makes one character.
        let found = line.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map(Substring.init)
        guard found.count == fields.count else {
            return .failure(
                Mistake(text: "it has \(found.count) fields, not the \(fields.count) of '\(fields.joined(separator: " "))'"))
        }
        for (name, field) in zip(fields, found) {
            if field.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
                return .failure(Mistake(text: "the \(name) \(quoted(String(field))) holds a control character"))
            }
            if field.unicodeScalars.contains("\u{FEFF}") {
                return .failure(Mistake(text: "the \(name) \(quoted(String(field))) holds a byte order mark"))
            }
            if field.utf8.contains(UInt8(ascii: ",")) {
                return .failure(Mistake(text: "the \(name) \(quoted(String(field))) holds a comma, which separates fields"))
            }
        }
        return checkFields(found).map { .failure(Mistake(text: $0)) } ?? .success(found)
    }

    private static func mistake(inRating text: Substring, scale: RatingScale?) -> String? {
        // Double reads hexadecimal numbers and infinities as well, which ratings files may not hold.
        let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        guard isDecimal, let rating = Double(text), rating.magnitude <= RatingsReader.ratingLimit else {
            return "the rating \(quoted(String(text))) is not a number"
        }
        guard let scale, !(scale.lower...scale.upper).contains(rating) else { return nil }
        return "the rating \(text) is not on the scale from \(scale.lower) to \(scale.upper)"
    }
}
