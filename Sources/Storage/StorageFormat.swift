public import Model

/// The numbers and constants that make the stored form of a commit's files what it is; docs/storage-format.md specifies each.
///
/// They are part of every object id. A change to one is a new format version, never an edit: a repo keeps the version that
/// it was created with (invariant 9).
public enum StorageFormat {
    /// A file of more bytes than this is cut into chunks; also the most bytes that a chunk has.
    public static let fileSizeMax = 1 << 20

    /// A file has fewer bytes than this: its size is written with twelve hexadecimal digits.
    public static let chunkedFileSizeLimit = 1 << 48

    /// The file in each root that keeps Git from converting what it checks out. It is not one of the commit's files.
    ///
    /// `-text` stops line-end conversion whatever `core.autocrlf` says. Git dies of `-working-tree-encoding`, so that one is
    /// made unspecified, which overrides the user's own attributes just as well.
    public static let attributes = Array(
        """
        # Written by pach: these files are bytes, and Git must not convert them.
        * -text -ident -filter !working-tree-encoding !eol -export-ignore -export-subst

        """.utf8)

    /// What `attributes` is stored under.
    static let attributesName = Array(".gitattributes".utf8)

    /// The blob of `attributes`.
    public static let attributesID = ObjectHash.id(of: .blob, attributes)

    /// The tree of a commit without files: it holds the attributes alone.
    static let emptyRoot = TreeBytes.entry(kind: .file, storedName: attributesName, id: attributesID)

    /// The tree of a commit without files.
    public static let emptyRootID = ObjectHash.id(of: .tree, emptyRoot)

    /// Makes sure that the empty root and what it refers to are stored.
    /// - Returns: its id, `emptyRootID`.
    @discardableResult
    public static func writeEmptyRoot(to writer: any ObjectWriter) throws(PachError) -> ObjectID {
        _ = try writer.write(.blob, attributes)
        return try writer.write(.tree, emptyRoot)
    }
}
