#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads values from JSON, and writes them, equal values as equal bytes.
public enum JSONFile {
    /// The JSON of a value as UTF-8, its fields in order of their names, without a line end.
    ///
    /// - Throws: `.io` when it cannot be encoded, such as a number that is not finite.
    public static func bytes(of value: some Encodable) throws(RecommenderError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw RecommenderError(.io, "Could not write a report as JSON: \(error)")
        }
    }

    /// Writes a file, in place of what was there.
    ///
    /// - Throws: `.io` when it cannot be written, or the value cannot be encoded.
    public static func write(_ value: some Encodable, to path: String) throws(RecommenderError) {
        let bytes = try bytes(of: value)
        var file = try OutputFile(path)
        try file.write(bytes)
        try file.write(CollectionOfOne(UInt8(ascii: "\n")))
        try file.finish()
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - what: What it should be, with an article.
    ///   - hint: What tells how it should be.
    /// - Throws: `.io` when it cannot be read, `.invalidInput`, naming file and place, when it is something else.
    static func read<Value: Decodable>(_ path: String, as what: String, hint: String) throws(RecommenderError) -> Value {
        let bytes = Data(try MappedFile.bytes(of: path))
        do {
            return try JSONDecoder().decode(Value.self, from: bytes)
        } catch {
            let reason = (error as? DecodingError).map(Self.reason) ?? "\(error)"
            throw RecommenderError(.invalidInput, "'\(path)' is not \(what): \(reason)", hint: hint)
        }
    }

    private static func reason(_ error: DecodingError) -> String {
        let (context, what): (DecodingError.Context?, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "'\(key.stringValue)' is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            @unknown default: (nil, "\(error)")
            }
        let place = (context?.codingPath ?? []).map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return place.isEmpty ? what : "at \(place): \(what)"
    }
}
