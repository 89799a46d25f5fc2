internal import Files
internal import GitStore
internal import Model

/// A small file that says what a folder is.
enum MarkFile {
    /// - Returns: nil where it does not exist, and only then: a mark that cannot be read just now must not be taken for one that is missing.
    /// - Throws: `io`.
    static func text(of path: String) throws(PachError) -> String? {
        guard try Folder.status(of: path) != nil else { return nil }
        return String(decoding: try bytes(of: path), as: UTF8.self)
    }

    /// The bytes of a small file of any kind.
    static func bytes(of path: String) throws(PachError) -> [UInt8] {
        try File.open(path).bytes(upTo: Limits.wholeFileByteCountMax)
    }
}
