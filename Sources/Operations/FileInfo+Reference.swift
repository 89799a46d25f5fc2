public import Model

extension FileInfo {
    /// The file in the commit where it was found, to which a branch may point no longer.
    public var reference: FileReference {
        FileReference(commit: CommitReference(file.commit.commit), path: file.path)
    }
}
