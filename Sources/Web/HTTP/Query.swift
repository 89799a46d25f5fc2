import API
package import Model

/// The query of a request: names and values, each name known to the route and given at most once.
package struct Query: Sendable {
    private var values: [String: String] = [:]

    package var isEmpty: Bool { values.isEmpty }

    /// - Parameter known: the names that the route has; others are refused, so that a misspelt one is not ignored in silence.
    package init(_ text: Substring, known: [String]) throws(PachError) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try PercentEncoding.decode(parts[0])
            guard known.contains(name) else {
                throw PachError(
                    .invalidArgument, "\(quoted(name)) is not a parameter of this request",
                    hint: known.isEmpty ? "It has none." : "Known are \(known.joined(separator: ", ")).")
            }
            let value = parts.count == 2 ? try PercentEncoding.decode(parts[1]) : ""
            guard values.updateValue(value, forKey: name) == nil else {
                throw PachError(.invalidArgument, "the parameter \(quoted(name)) is given twice")
            }
        }
    }

    package subscript(_ name: String) -> String? { values[name] }

    /// `?force`, `?force=true` and `?force=1` set a flag.
    package func flag(_ name: String) throws(PachError) -> Bool {
        switch values[name] {
        case nil, "false", "0": return false
        case "", "true", "1": return true
        case let value?: throw Self.mistake(name, value, "Write ?\(name), or =true or =false.")
        }
    }

    /// A number of things, at least 0.
    package func count(_ name: String) throws(PachError) -> Int? {
        guard let value = values[name] else { return nil }
        guard let number = Int(value), number >= 0 else { throw Self.mistake(name, value, "Write a whole number.") }
        return number
    }

    /// A span of time, such as `10s`.
    package func duration(_ name: String, upTo limit: Duration) throws(PachError) -> Duration? {
        guard let value = values[name] else { return nil }
        let duration: Duration
        do {
            duration = try SpecDuration(parsing: value).duration
        } catch {
            throw Self.mistake(name, value, "Write numbers with units, such as 10s or 1m30s.")
        }
        guard duration <= limit else { throw Self.mistake(name, value, "At most \(limit) are allowed.") }
        return duration
    }

    /// One of several words.
    package func choice<Choice: CaseIterable & RawRepresentable>(_ name: String, as type: Choice.Type) throws(PachError) -> Choice?
    where Choice.RawValue == String {
        guard let value = values[name] else { return nil }
        guard let choice = Self.choice(value, as: type) else {
            throw Self.mistake(name, value, "Choose \(type.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    /// Several words with commas between; nil where the parameter is absent, empty where its value is.
    package func choices<Choice: CaseIterable & RawRepresentable & Hashable>(
        _ name: String, as type: Choice.Type, word: (Choice) -> String = \.rawValue
    ) throws(PachError) -> Set<Choice>? where Choice.RawValue == String {
        guard let value = values[name] else { return nil }
        var choices: Set<Choice> = []
        for part in value.split(separator: ",") {
            guard let choice = type.allCases.first(where: { word($0) == part }) ?? Self.choice(String(part), as: type) else {
                throw Self.mistake(name, String(part), "Choose from \(type.allCases.map(word).joined(separator: ", ")).")
            }
            choices.insert(choice)
        }
        return choices
    }

    private static func choice<Choice: CaseIterable & RawRepresentable>(_ text: String, as type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        type.allCases.first { $0.rawValue.lowercased() == text.lowercased() }
    }

    package static func mistake(_ name: String, _ value: String, _ hint: String) -> PachError {
        PachError(.invalidArgument, "\(quoted(value)) is not a value of the parameter \(quoted(name))", hint: hint)
    }
}
