import API
package import Model

/// A path with parameters, such as `/v1/repos/{repo}`.
package struct PathTemplate: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private enum Segment: Sendable {
        case literal(String)
        case parameter(String)
        /// `{name…}`: all that follows, at least one segment.
        case rest(String)
    }

    package let description: String
    private let segments: [Segment]

    package init(stringLiteral text: String) {
        description = text
        segments = text.split(separator: "/").map { part in
            guard part.hasPrefix("{") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("…") ? .rest(String(name.dropLast())) : .parameter(String(name))
        }
    }

    /// The parameters' values in `path`, still encoded; nil where it is another's.
    func match(_ path: [Substring]) -> PathParameters? {
        guard matches(path) else { return nil }
        var values: [String: [Substring]] = [:]
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal: break
            case .parameter(let name): values[name] = [path[index]]
            case .rest(let name): values[name] = Array(path[index...])
            }
        }
        return PathParameters(values: values)
    }

    private func matches(_ path: [Substring]) -> Bool {
        for (index, segment) in segments.enumerated() {
            guard index < path.count else { return false }
            switch segment {
            case .literal(let text):
                guard path[index] == text else { return false }
            case .parameter:
                guard !path[index].isEmpty else { return false }
            case .rest:
                return true
            }
        }
        return path.count == segments.count
    }
}

/// What a path has in the places of a template's parameters.
package struct PathParameters: Sendable {
    /// Still encoded.
    let values: [String: [Substring]]

    /// - Throws: `invalidArgument` where it is not well encoded.
    package func text(_ name: String) throws(PachError) -> String {
        guard let value = values[name]?.first else { preconditionFailure("the template has no '\(name)'") }
        return try PercentEncoding.decode(value)
    }

    /// What stands for `{name…}`, still encoded; nothing where the template has none.
    package func rest(_ name: String) -> [Substring] { values[name] ?? [] }
}
