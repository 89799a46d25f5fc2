import HTTPTypes
import Model
import Operations

/// A list of entity tags, as `If-Match` and `If-None-Match` have it (RFC 9110, section 8.8.3).
enum EntityTags: Equatable {
    case any
    case these([String])

    /// - Returns: nil where the header is absent.
    init?(_ values: [String]) {
        guard !values.isEmpty else { return nil }
        let tags = values.joined(separator: ",").split(separator: ",").map { $0.drop { $0 == " " } }
        if tags.contains("*") {
            self = .any
        } else {
            self = .these(
                tags.map { tag in
                    let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
                    return strong.filter { $0 != "\"" && $0 != " " }
                })
        }
    }

    func contains(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .these(let tags): tags.contains(tag)
        }
    }
}

extension HeadCondition {
    /// `If-Match` on a change of a branch: its head must be one of the commits that are named, `*` any commit.
    /// - Returns: nil where the request states none.
    init?(_ headers: HTTPFields) {
        switch EntityTags(headers[values: .ifMatch]) {
        case nil: return nil
        case .any: self = .exists
        case .these(let tags): self = .isOne(of: Set(tags.compactMap { CommitID($0) }))
        }
    }

    /// - Throws: `invalidArgument` for a reference that is not a branch: only a branch's head can be stated.
    static func requireBranch(_ commit: CommitReference) throws(PachError) {
        guard case .branch = commit.start, commit.steps.isEmpty else {
            throw PachError(.invalidArgument, "'If-Match' needs a branch, and \(quoted(commit.description)) is none")
        }
    }
}
