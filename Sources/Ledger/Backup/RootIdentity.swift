internal import Files
internal import Foundation
public import Model

/// What tells one data root from another, wherever each lies: 128 random bits. A root that is restored is the one that was backed up, and goes
/// on with its backups. One whose database is made anew is another: what the new database does not know would pass for deleted, and the next
/// backup would take away the only good copy of it.
struct RootIdentity: Equatable, CustomStringConvertible {
    private let id: CommitID

    private init(_ id: CommitID) {
        self.id = id
    }

    /// Parses 32 lower-case hexadecimal digits.
    init?(_ text: String) {
        guard let id = CommitID(text) else { return nil }
        self.id = id
    }

    var description: String { id.description }

    static func random() -> RootIdentity { RootIdentity(.random()) }
}

extension DataRoot {
    private var identityPath: String { "\(ownPath)/identity" }

    /// The root's identity, made at the first call.
    /// - Throws: `corrupt` where the file holds none.
    func identity() throws(PachError) -> RootIdentity {
        guard let text = try MarkFile.text(of: identityPath) else {
            let identity = RootIdentity.random()
            try setIdentity(identity)
            return identity
        }
        guard let identity = RootIdentity(text.trimmingCharacters(in: .newlines)) else {
            throw PachError(
                .corrupt, "the file \(quoted(identityPath)), which tells this data root from others, is damaged",
                hint: "Remove it, and back up to a new folder.")
        }
        return identity
    }

    /// Makes the root another one, durably: no folder that has a backup of it takes another.
    /// - Returns: whether there may be such a folder.
    public func forgetIdentity() throws(PachError) -> Bool {
        let wasBackedUp = try Folder.status(of: identityPath, followingLinks: false) != nil
        try Folder.removeFile(identityPath)
        try Durability.sync(ownPath)
        return wasBackedUp
    }

    func setIdentity(_ identity: RootIdentity) throws(PachError) {
        var copy = FileCopy(links: false)
        try copy.write("\(identity)\n", to: identityPath, mode: 0o600)
        try copy.settle()
    }
}
