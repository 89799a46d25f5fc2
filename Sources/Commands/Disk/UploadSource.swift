import Model
import Operations

/// Something that is to be put in a repo, as the user named it.
struct UploadSource: Sendable, Hashable {
    /// What is standard input by custom.
    static let standardInput = "-"

    var name: String

    var isStandardInput: Bool { name == Self.standardInput }

    /// Reads a source off the command line.
    /// - Throws: `notSupported` for what must be fetched from elsewhere.
    init(_ name: String) throws(PachError) {
        self.name = name
        for scheme in ["http://", "https://", "s3://", "gs://", "as://", "wasb://", "wasbs://"] where name.lowercased().hasPrefix(scheme) {
            let hint = scheme.hasPrefix("http") ? "Fetch it yourself: curl -fsSL URL | pach put file repo@branch:/path" : nil
            throw PachError(
                .notSupported, "Could not put \(quoted(name)): sources that begin with \(scheme) are not supported yet", hint: hint)
        }
    }
}

/// Where in the repo a source goes: pachctl's rule.
struct UploadDestination: Sendable {
    /// What stands behind the colon of the reference; nil or empty where nothing does.
    var path: String?
    var recursive = false
    var fullPath = false
    var sourceCount = 1

    /// The path of a file, or of the folder that the source's files go below.
    func target(of source: UploadSource, isFolder: Bool) throws(PachError) -> FilePath {
        guard let path, !path.isEmpty else { return try ownName(of: source) }
        let given = try FilePath(path)
        let isBelow = sourceCount > 1 || (recursive && fullPath) || (!isFolder && path.hasSuffix("/"))
        return isBelow ? given.appending(try ownName(of: source)) : given
    }

    /// Without the `.` components that a path on a disk may have.
    private func ownName(of source: UploadSource) throws(PachError) -> FilePath {
        // A slash is a byte of the path, also where a combining character follows.
        let components = source.name.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        return try FilePath((fullPath ? components[...] : components.suffix(1)).filter { $0 != "." }.joined(separator: "/"))
    }
}
