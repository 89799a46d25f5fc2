internal import Foundation
public import Model

/// The parts of a Git commit object (git-commit-tree(1)): what it points at, and its message.
public struct GitCommit: Sendable, Hashable {
    public var tree: ObjectID
    public var parents: [ObjectID]
    public var message: String

    /// - Throws: `corrupt`.
    public init(parsing bytes: [UInt8]) throws(PachError) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\n\n") else { throw Self.damage("it has no message") }
        var tree: ObjectID?
        var parents: [ObjectID] = []
        for line in text[..<end.lowerBound].split(separator: "\n") {
            if line.hasPrefix("tree ") {
                tree = ObjectID(hex: line.dropFirst(5))
            } else if line.hasPrefix("parent ") {
                guard let parent = ObjectID(hex: line.dropFirst(7)) else { throw Self.damage("a parent is no object id") }
                parents.append(parent)
            }
        }
        guard let tree else { throw Self.damage("it has no tree") }
        self.tree = tree
        self.parents = parents
        message = String(text[end.upperBound...])
    }

    private static func damage(_ cause: String) -> PachError {
        PachError(.corrupt, "a Git commit is not valid", cause: cause)
    }
}
