package import Model

/// Headers of ours on a file that is downloaded: with `ETag`, `Content-Length` and `Content-Range` they make its `FileInfo`.
package enum FileHeaders {
    /// `branch=id`: the commit that was read.
    package static let commit = "Pach-Commit"
    /// When that commit was finished; absent while it is open.
    package static let committed = "Pach-Committed"
    /// Size of the whole file in bytes.
    package static let size = "Pach-Size"
    /// The id of the commit's root, of which a listing is.
    package static let tree = "Pach-Tree"

    package static func text(for commit: CommitLink) -> String {
        "\(commit.branch.name)=\(commit.id)"
    }

    package static func commit(in repo: RepoName, from text: String) throws(PachError) -> CommitLink {
        let reference = try CommitReference(repo: repo, revision: text)
        guard case .commitOnBranch(let id, let branch) = reference.start, reference.steps.isEmpty else {
            throw PachError(.invalidArgument, "\(quoted(text)) does not name a commit on a branch")
        }
        return CommitLink(branch: Branch(repo: repo, name: branch), id: id)
    }
}

extension FilePath {
    /// Archives of files that are uploaded, and of a pipeline with its code.
    package static let tarMediaType = "application/x-tar"
    /// The folder of an archived pipeline that holds its code.
    package static let codeFolderName = "code"
}
