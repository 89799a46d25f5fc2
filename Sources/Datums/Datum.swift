public import Model
public import Storage

/// The unit of work: the files that one run of user code sees.
///
/// Its id says which files they are, not what is in them: names, repos, branches and paths. Its hash also says what is in
/// them, and what is done with them. A datum whose hash was processed before need not be processed again.
public struct Datum: Hashable, Sendable {
    /// In the order of the pipeline's input.
    public let inputs: [DatumInput]
    public let id: Digest

    public init(_ inputs: [DatumInput]) {
        self.inputs = inputs
        id = DatumIdentity.id(of: inputs)
    }

    /// - Parameter id: what `inputs` are known to have.
    init(_ inputs: [DatumInput], knownID id: Digest) {
        self.inputs = inputs
        self.id = id
    }

    /// What is equal where inputs, salt and code are.
    /// - Parameter salt: the pipeline's; a new one makes every datum new.
    /// - Parameter code: what the pipeline's code is known by, above all the id of its tree.
    public func hash(salt: String, code: String) -> Digest {
        DatumIdentity.hash(of: self, salt: salt, code: code)
    }
}

/// One of a datum's inputs: a file, or a folder with everything below it.
public struct DatumInput: Hashable, Sendable {
    /// The folder under `/pfs`.
    public var name: String
    public var repo: RepoName
    public var branch: BranchName
    public var path: FilePath
    /// The id of the file's blob or tree of chunks, or of the folder's tree. Equal content has an equal id (invariant 9).
    public var content: ObjectID
    public var kind: TreeNode.Kind

    /// What stands at `path`.
    public var node: TreeNode { TreeNode(kind: kind, id: content) }

    public init(name: String, repo: RepoName, branch: BranchName, path: FilePath, content: ObjectID, kind: TreeNode.Kind) {
        self.name = name
        self.repo = repo
        self.branch = branch
        self.path = path
        self.content = content
        self.kind = kind
    }

    /// Names are compared as they are hashed: by their bytes.
    public static func == (left: DatumInput, right: DatumInput) -> Bool {
        left.content == right.content && left.kind == right.kind && left.path == right.path && left.repo == right.repo
            && left.branch == right.branch && left.name.utf8.elementsEqual(right.name.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(content)
    }
}
