/// Writes any `Encodable` as JSON text, keys sorted, on one line.
///
/// Foundation's encoder took a tenth of all that a small commit costs, 40 µs for its answer. What follows knows strings, numbers, lists and
/// objects only; `Date`, `Data` and `URL`, to which Foundation gives forms of their own, do not go over the wire.
final class JSONEncoding: Encoder {
    fileprivate enum Value {
        case null
        case bool(Bool)
        case integer(Int64)
        case unsigned(UInt64)
        case number(Double)
        case text(String)
        case list(List)
        case object(Object)
    }

    fileprivate final class List {
        var values: [Value] = []
    }

    fileprivate final class Object {
        var members: [(key: String, value: Value)] = []
    }

    private var value: Value?

    /// Not kept: what cannot be encoded is a mistake of ours, never of a client.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// - Throws: `EncodingError` for a number that JSON does not have.
    static func text(of value: some Encodable) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        try Self.value(of: value).write(to: &bytes)
        return bytes
    }

    fileprivate static func value(of value: some Encodable) throws -> Value {
        let encoding = JSONEncoding()
        try value.encode(to: encoding)
        // What writes nothing is an object without members.
        return encoding.value ?? .object(Object())
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        // Who asks twice gets the same object: members may come from several hands.
        if case .object(let object) = value { return KeyedEncodingContainer(Members(object: object)) }
        let object = Object()
        value = .object(object)
        return KeyedEncodingContainer(Members(object: object))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .list(let list) = value { return Elements(list: list) }
        let list = List()
        value = .list(list)
        return Elements(list: list)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONEncoding: SingleValueEncodingContainer {
    func encodeNil() { value = .null }
    func encode(_ value: Bool) { self.value = .bool(value) }
    func encode(_ value: String) { self.value = .text(value) }
    func encode(_ value: Double) { self.value = .number(value) }
    /// As it is written in decimal, like Foundation: widened, it would have digits that it never had.
    func encode(_ value: Float) { self.value = .number(Double(value.description) ?? .nan) }
    func encode(_ value: Int) { self.value = .integer(Int64(value)) }
    func encode(_ value: Int8) { self.value = .integer(Int64(value)) }
    func encode(_ value: Int16) { self.value = .integer(Int64(value)) }
    func encode(_ value: Int32) { self.value = .integer(Int64(value)) }
    func encode(_ value: Int64) { self.value = .integer(value) }
    func encode(_ value: UInt) { self.value = .unsigned(UInt64(value)) }
    func encode(_ value: UInt8) { self.value = .unsigned(UInt64(value)) }
    func encode(_ value: UInt16) { self.value = .unsigned(UInt64(value)) }
    func encode(_ value: UInt32) { self.value = .unsigned(UInt64(value)) }
    func encode(_ value: UInt64) { self.value = .unsigned(value) }
    func encode(_ value: some Encodable) throws { self.value = try Self.value(of: value) }
}

extension JSONEncoding {
    fileprivate struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let object: Object
        var codingPath: [any CodingKey] { [] }

        func encodeNil(forKey key: Key) {
            object.members.append((key.stringValue, .null))
        }

        func encode(_ value: some Encodable, forKey key: Key) throws {
            object.members.append((key.stringValue, try JSONEncoding.value(of: value)))
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
            let nested = Object()
            object.members.append((key.stringValue, .object(nested)))
            return KeyedEncodingContainer(Members<Nested>(object: nested))
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            let nested = List()
            object.members.append((key.stringValue, .list(nested)))
            return Elements(list: nested)
        }

        func superEncoder() -> any Encoder { preconditionFailure("no class goes over the wire") }
        func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
    }

    fileprivate struct Elements: UnkeyedEncodingContainer {
        let list: List
        var codingPath: [any CodingKey] { [] }
        var count: Int { list.values.count }

        func encodeNil() {
            list.values.append(.null)
        }

        func encode(_ value: some Encodable) throws {
            list.values.append(try JSONEncoding.value(of: value))
        }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            let nested = Object()
            list.values.append(.object(nested))
            return KeyedEncodingContainer(Members<Nested>(object: nested))
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            let nested = List()
            list.values.append(.list(nested))
            return Elements(list: nested)
        }

        func superEncoder() -> any Encoder { preconditionFailure("no class goes over the wire") }
    }
}

extension JSONEncoding.Value {
    fileprivate func write(to bytes: inout [UInt8]) throws {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += String(value).utf8
        case .unsigned(let value): bytes += String(value).utf8
        case .number(let value): try Self.write(value, to: &bytes)
        case .text(let text): Self.write(text, to: &bytes)
        case .list(let list):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in list.values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                try value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, value) in object.members.sorted(by: { $0.key < $1.key }) {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                Self.write(key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                try value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ value: Double, to bytes: inout [UInt8]) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "JSON has no number \(value)"))
        }
        let text = value.description
        bytes += (text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
    }

    /// RFC 8259, section 7.
    private static func write(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { write($0, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func write(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes.append(contentsOf: text)
            return
        }
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0a: bytes += "\\n".utf8
            case 0x0c: bytes += "\\f".utf8
            case 0x0d: bytes += "\\r".utf8
            case 0..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
    }
}
