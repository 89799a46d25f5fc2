#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes values as JSON, equal values as equal bytes.
public enum JSONFile {
    /// The JSON of a value, its fields in order of their names, without a line end.
    ///
    /// - Throws: What encoding throws, such as for a number that is not finite.
    public static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Writes a file, in place of what was there.
    ///
    /// - Throws: `.io` when it cannot be written, or the value cannot be encoded.
    public static func write(_ value: some Encodable, to path: String) throws(RecommenderError) {
        let text: String
        do {
            text = try self.text(of: value)
        } catch {
            throw RecommenderError(.io, "Could not write '\(path)': \(error)")
        }
        var file = try OutputFile(path)
        try file.write("\(text)\n".utf8)
        try file.finish()
    }
}
