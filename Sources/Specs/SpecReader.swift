internal import Model

/// Makes specs of nodes, and collects every mistake on the way: reading goes on after one.
struct SpecReader {
    var mistakes = Mistakes()

    /// A node, and the way to it.
    struct Located: Sendable {
        let node: SpecNode
        let path: NodePath

        var elements: [Located]? {
            guard case .array(let nodes) = node.value else { return nil }
            return nodes.enumerated().map { Located(node: $1, path: .element(of: path, index: $0)) }
        }
    }

    /// The fields of an object by their names in snake_case. Null and the empty string count as absent, as in Protocol Buffers.
    struct Fields {
        let object: Located
        fileprivate(set) var used: [String: Located] = [:]
        fileprivate(set) var recorded: [String: JSONValue] = [:]

        subscript(name: String) -> Located? { used[name] }
    }

    mutating func report(_ message: String, at place: Located) {
        mistakes.add(Mistake(position: place.node.position, path: place.path, message: message))
    }

    /// Reports what a value's own initialiser says of it.
    mutating func report(_ error: PachError, at place: Located) {
        report([error.description, error.hint].compactMap(\.self).joined(separator: ". "), at: place)
    }

    private mutating func report(type expected: String, at place: Located) {
        report("expected \(expected), found \(place.node.shownText)", at: place)
    }

    // MARK: Objects

    /// The fields of an object; unknown, duplicated and refused ones are reported.
    mutating func fields(of place: Located, _ table: FieldTable) -> Fields? {
        guard let members = members(of: place) else { return nil }
        var fields = Fields(object: place)
        var seen: [String: String] = [:]
        for (member, value) in members {
            guard let name = table.name(of: member.key), let treatment = table.treatment(of: name) else {
                report("unknown field \(quoted(member.key)) in \(table.owner)\(table.suggestion(for: member.key))", key: member, value)
                continue
            }
            if let other = seen.updateValue(member.key, forKey: name), other != member.key {
                report("duplicate field \(quoted(member.key)): \(quoted(other)) is the same", key: member, value)
                continue
            }
            switch treatment {
            case .used:
                if !value.node.isAbsent { fields.used[name] = value }
            case .recorded:
                if !value.node.isAbsent { fields.recorded[name] = json(value) }
            case .refused(let reason):
                if value.node.isUnset { continue }
                report("\(quoted(member.key)) is not supported: \(reason)", key: member, value)
            }
        }
        return fields
    }

    /// The members of an object whose keys are all different.
    private mutating func members(of place: Located) -> [(SpecNode.Member, Located)]? {
        guard case .object(let members) = place.node.value else {
            report(type: "an object", at: place)
            return nil
        }
        var seen: Set<String> = []
        var result: [(SpecNode.Member, Located)] = []
        for member in members {
            let value = Located(node: member.value, path: .member(of: place.path, key: member.key))
            if seen.insert(member.key).inserted {
                result.append((member, value))
            } else {
                report("duplicate key \(quoted(member.key))", key: member, value)
            }
        }
        return result
    }

    /// What is wrong with a field is shown where its name stands.
    private mutating func report(_ message: String, key: SpecNode.Member, _ value: Located) {
        mistakes.add(Mistake(position: key.keyPosition, path: value.path, message: message))
    }

    // MARK: Values

    // Each returns nil for what is absent, and for what is mistaken after having reported it.

    mutating func string(_ place: Located?) -> String? {
        guard let place else { return nil }
        guard case .string(let text) = place.node.value else {
            let needsQuotes = if case .number = place.node.value { true } else if case .bool = place.node.value { true } else { false }
            report("expected a string, found \(place.node.shownText)" + (needsQuotes ? "; put it in quotes" : ""), at: place)
            return nil
        }
        guard !text.utf8.contains(0) else {
            report("a text cannot hold a NUL character", at: place)
            return nil
        }
        return text
    }

    mutating func strings(_ place: Located?) -> [String]? {
        guard let place else { return nil }
        guard let elements = place.elements else {
            report(type: "an array of strings", at: place)
            return nil
        }
        return elements.compactMap { string($0) }
    }

    mutating func boolean(_ place: Located?) -> Bool? {
        guard let place else { return nil }
        guard case .bool(let value) = place.node.value else {
            report(type: "true or false", at: place)
            return nil
        }
        return value
    }

    /// As in Protocol Buffers' JSON, an integer may be written as a string.
    mutating func integer(_ place: Located?, in range: ClosedRange<Int64>) -> Int64? {
        guard let place else { return nil }
        let text: String
        switch place.node.value {
        case .number(let token): text = token
        case .string(let string): text = string
        default:
            report(type: "an integer", at: place)
            return nil
        }
        guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text) else {
            report(type: "an integer", at: place)
            return nil
        }
        guard let value = Int64(text) ?? Int64(exactly: number) else {
            report(number == number.rounded() ? outOfRange(text, range) : "expected an integer, found \(place.node.shownText)", at: place)
            return nil
        }
        guard range.contains(value) else {
            report(outOfRange(text, range), at: place)
            return nil
        }
        return value
    }

    private func outOfRange(_ text: String, _ range: ClosedRange<Int64>) -> String {
        "\(text.prefix(40)) is out of range: at least \(range.lowerBound), at most \(range.upperBound)"
    }

    mutating func integers(_ place: Located?, in range: ClosedRange<Int64>) -> [Int64]? {
        guard let place else { return nil }
        guard let elements = place.elements else {
            report(type: "an array of integers", at: place)
            return nil
        }
        return elements.compactMap { integer($0, in: range) }
    }

    mutating func stringMap(_ place: Located?) -> [(key: String, value: String, place: Located)]? {
        guard let place, let members = members(of: place) else { return nil }
        return members.compactMap { member, value in string(value).map { (member.key, $0, value) } }
    }

    /// A value that is made from its text.
    mutating func value<T>(_ place: Located?, _ parse: (String) throws(PachError) -> T) -> T? {
        guard let place, let text = string(place) else { return nil }
        do {
            return try parse(text)
        } catch {
            report(error, at: place)
            return nil
        }
    }

    /// One of a few words.
    mutating func choice<T: RawRepresentable & CaseIterable>(_ place: Located?, _ message: String? = nil) -> T?
    where T.RawValue == String {
        guard let place, let text = string(place) else { return nil }
        guard let value = T(rawValue: text) else {
            let words = T.allCases.map { quoted($0.rawValue) }.joined(separator: ", ")
            report(message ?? "expected one of \(words), found \(quoted(text))", at: place)
            return nil
        }
        return value
    }

    /// A value that is kept without being understood.
    private mutating func json(_ place: Located) -> JSONValue? {
        switch place.node.value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .string(let value): return .string(value)
        case .number(let token):
            if let integer = Int64(token) { return .integer(integer) }
            guard let number = Double(token), number.isFinite else {
                report("the number \(token) is out of range", at: place)
                return nil
            }
            return .number(number)
        case .array:
            return .array((place.elements ?? []).compactMap { json($0) })
        case .object:
            var result: [String: JSONValue] = [:]
            for (member, value) in members(of: place) ?? [] { result[member.key] = json(value) }
            return .object(result)
        }
    }
}

extension SpecNode {
    /// What it is, for a message.
    fileprivate var shownText: String {
        switch value {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let token): "the number \(token.prefix(40))"
        case .string(let text): "the string \(quoted(text))"
        case .array: "an array"
        case .object: "an object"
        }
    }

    fileprivate var isAbsent: Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .bool, .number, .array, .object: false
        }
    }

    /// Whether it asks for nothing. An object does not say so when it is empty: its presence alone may mean something.
    fileprivate var isUnset: Bool {
        switch value {
        case .bool(false): true
        case .array(let elements): elements.isEmpty
        default: isAbsent
        }
    }
}
