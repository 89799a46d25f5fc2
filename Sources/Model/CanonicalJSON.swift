#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON that is hashed or stored: its fields are in the order of their names, so that equal values have equal bytes.
public enum CanonicalJSON {
    /// - Parameters:
    ///   - value: one that always is JSON: it holds no number that is not finite.
    ///   - escapesSlashes: whether `/` is written as `\/`.
    ///   - isPretty: whether it is written for people, a field a line.
    /// - Returns: UTF-8, without a line end.
    public static func bytes(of value: some Encodable, escapesSlashes: Bool = false, isPretty: Bool = false) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        if !escapesSlashes { encoder.outputFormatting.insert(.withoutEscapingSlashes) }
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do {
            return Array(try encoder.encode(value))
        } catch {
            preconditionFailure("a value that is not JSON was to be stored: \(error)")
        }
    }
}
