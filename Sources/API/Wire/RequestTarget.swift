package import Model

/// The path and query of a request, built from parts that are encoded one by one.
package struct RequestTarget: Sendable, Hashable, CustomStringConvertible {
    private var path = "/v1"
    private var query = ""

    /// Begins at `/v1`.
    package init(_ segments: any CustomStringConvertible...) {
        for segment in segments { append("\(segment)") }
    }

    /// `/v1/repos/{repo}/commits/{revision}` and what follows.
    package init(below commit: CommitReference, _ segments: any CustomStringConvertible...) {
        for segment in ["repos", commit.repo.description, "commits", commit.revision] { append(segment) }
        for segment in segments { append("\(segment)") }
    }

    private mutating func append(_ segment: String) {
        path += "/" + PercentEncoding.encode(segment)
    }

    package func appending(_ file: FilePath) -> RequestTarget {
        var result = self
        for name in file.components { result.append(name.description) }
        return result
    }

    /// Adds `name=value`; nothing where the value is nil.
    package func with(_ name: String, _ value: (any CustomStringConvertible)?) -> RequestTarget {
        guard let value else { return self }
        var result = self
        result.query += (query.isEmpty ? "?" : "&") + name + "=" + PercentEncoding.encode("\(value)")
        return result
    }

    /// Adds `name` where the flag is set.
    package func with(flag name: String, _ isSet: Bool) -> RequestTarget {
        guard isSet else { return self }
        var result = self
        result.query += (query.isEmpty ? "?" : "&") + name
        return result
    }

    package var description: String { path + query }
}
