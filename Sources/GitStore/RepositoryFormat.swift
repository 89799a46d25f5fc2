public import Model

/// How a repo's files are stored: recorded in the repo's config when it is created, and never changed there, because
/// equal content has an equal id only while one rule cuts it (invariant 9).
public struct RepositoryFormat: Sendable, Hashable {
    /// The version of docs/storage-format.md.
    public var version: Int
    /// The rule that cuts large files.
    public var chunker: String

    public init(version: Int, chunker: String) {
        self.version = version
        self.chunker = chunker
    }

    /// What new repos get.
    public static let current = RepositoryFormat(version: 1, chunker: "fastcdc-1")

    /// Whether this code may write. A newer format is read, not written.
    public var isWritable: Bool { self == .current }

    /// - Throws: `notSupported` where `isWritable` is false.
    public func requireWritable() throws(PachError) {
        guard isWritable else {
            throw PachError(
                .notSupported, "the repo has storage format \(version) with chunker \(quoted(chunker)), which this version only reads",
                hint: "Use the version of pach that created it, or a newer one.")
        }
    }
}
