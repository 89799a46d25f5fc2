#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
package import Model

/// JSON as it goes over the wire: keys sorted, slashes unescaped, one line.
package enum JSON {
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        try JSONEncoding.text(of: value)
    }

    /// - Parameter what: what the bytes are meant to be, for the message: `the request's body`.
    /// - Throws: `invalidArgument`; its detail points to the value that is wrong.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], what: String) throws(PachError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw PachError(mistake: error, in: what)
        }
    }
}

extension PachError {
    fileprivate init(mistake error: any Error, in what: String) {
        guard let error = error as? DecodingError else {
            self.init(.invalidArgument, "Could not read \(what) as JSON", cause: "\(error)")
            return
        }
        let path: [any CodingKey]
        let message: String
        switch error {
        case .typeMismatch(let type, let context):
            path = context.codingPath
            message = "expected \(Self.word(for: type))"
        case .valueNotFound(let type, let context):
            path = context.codingPath
            message = "expected \(Self.word(for: type)), found null"
        case .keyNotFound(let key, let context):
            path = context.codingPath + [key]
            message = "the field is missing"
        case .dataCorrupted(let context):
            path = context.codingPath
            message = context.debugDescription
        @unknown default:
            path = []
            message = "\(error)"
        }
        let pointer = path.map { "/" + Self.pointerToken($0) }.joined()
        self.init(
            .invalidArgument, "Could not read \(what)", cause: pointer.isEmpty ? message : "\(pointer): \(message)",
            details: [Detail(pointer: pointer, message: message)])
    }

    private static func pointerToken(_ key: any CodingKey) -> String {
        if let index = key.intValue { return String(index) }
        // RFC 6901, section 3: '~' is written ~0 and '/' ~1.
        return key.stringValue.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [String: Any].Type: "an object"
        case is any Sequence.Type: "a list"
        default: "an object"
        }
    }
}
