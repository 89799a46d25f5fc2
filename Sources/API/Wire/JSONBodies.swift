// The JSON bodies of requests. An unknown field is refused by name (`Strict`): nothing is ignored in silence.

package import Model
package import Operations

/// A request body whose fields are all known.
package protocol JSONBody: Codable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

/// Decodes `Body`, and refuses fields that it does not have.
package struct Strict<Body: JSONBody>: Codable, Sendable {
    package var body: Body

    package init(_ body: Body) {
        self.body = body
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        let known = Body.CodingKeys.allCases.map(\.stringValue)
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [key],
                    debugDescription: "unknown field; known are \(known.sorted().joined(separator: ", "))"))
        }
        body = try Body(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try body.encode(to: encoder)
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Retention: JSONBody {}

package struct CreateRepoBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case description, retention }
    package var description: String?
    package var retention: Strict<Retention>?

    package init(_ settings: RepoSettings) {
        description = settings.description
        retention = settings.retention.map(Strict.init)
    }

    package var settings: RepoSettings { RepoSettings(description: description, retention: retention?.body) }
}

package struct BackupBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case folder }
    /// An absolute path of the server's machine.
    package var folder: String

    package init(folder: String) {
        self.folder = folder
    }
}

package struct CreateBranchBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case head }
    /// A revision of the same repo, or `repo@revision`.
    package var head: String?

    package init(head: String?) {
        self.head = head
    }
}

package struct StartCommitBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case branch, parent, description }
    package var branch: String
    /// A revision of the same repo, or `repo@revision`.
    package var parent: String?
    package var description: String?

    package init(branch: String, parent: String?, description: String?) {
        self.branch = branch
        self.parent = parent
        self.description = description
    }
}

package struct FinishCommitBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case description }
    package var description: String?

    package init(description: String?) {
        self.description = description
    }
}

package struct CopyFileBody: JSONBody {
    package enum CodingKeys: String, CodingKey, CaseIterable { case source, path, mode }
    /// `repo@revision:/path`.
    package var source: String
    package var path: String
    /// `overwrite`, the default, or `append`.
    package var mode: String?

    package init(source: String, path: String, mode: String?) {
        self.source = source
        self.path = path
        self.mode = mode
    }
}
