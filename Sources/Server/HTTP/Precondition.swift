import HTTPTypes
import Model
import Operations

/// A list of entity tags, as `If-Match` and `If-None-Match` have it (RFC 9110, section 8.8.3).
enum EntityTags: Equatable {
    case any
    case some([String])

    /// - Returns: nil where the header is absent.
    init?(_ values: [String]) {
        guard !values.isEmpty else { return nil }
        let tags = values.joined(separator: ",").split(separator: ",").map { $0.drop { $0 == " " } }
        if tags.contains("*") {
            self = .any
        } else {
            self = .some(
                tags.map { tag in
                    let strong = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
                    return strong.filter { $0 != "\"" && $0 != " " }
                })
        }
    }

    func contains(_ tag: String) -> Bool {
        switch self {
        case .any: true
        case .some(let tags): tags.contains(tag)
        }
    }
}

/// `If-Match` on a change of a branch: its head must be the commit that is named, `*` any commit.
struct Precondition: Sendable {
    private let tags: EntityTags

    /// - Returns: nil where the request states none.
    init?(_ headers: HTTPFields) {
        guard let tags = EntityTags(headers[values: .ifMatch]) else { return nil }
        self.tags = tags
    }

    /// - Throws: `preconditionFailed` where the head is another commit, or there is none.
    func check(_ branch: Branch, _ operations: any Operations) async throws {
        let head: CommitID?
        do {
            head = try await operations.inspectBranch(branch).head?.id
        } catch let error as PachError where error.code == .notFound {
            head = nil
        }
        guard let head, tags.contains(head.description) else {
            throw PachError(
                .preconditionFailed, "the head of \(quoted(branch.description)) is not the commit that 'If-Match' names",
                cause: head.map { "it is \($0)" } ?? "it has none", hint: "Read it again and retry.")
        }
    }

    /// - Throws: `invalidArgument` for a reference that is not a branch: only a branch's head can be stated.
    static func branch(of commit: CommitReference) throws(PachError) -> Branch {
        guard case .branch(let name) = commit.start, commit.steps.isEmpty else {
            throw PachError(.invalidArgument, "'If-Match' needs a branch, and \(quoted(commit.description)) is none")
        }
        return Branch(repo: commit.repo, name: name)
    }
}
