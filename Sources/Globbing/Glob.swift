/// A pattern over the paths of a tree, as in Pachyderm's `glob`.
///
/// - `*` and `?` stand for any characters, and for one, within a component; `**` also crosses `/`.
/// - `[abc]`, `[!a]`, `[a-z]`, `[[:alpha:]]` stand for one character of a class, never for `/`.
/// - `{a,b}` stands for either alternative; alternatives nest, may be empty and may hold `/`.
/// - `\` takes the meaning from the character that follows.
///
/// A pattern covers the whole path. It is read as if it began with `/`; runs of slashes count as one, and one at the end is
/// dropped, in every combination of its alternatives: `abc/` is `/abc`, and the empty pattern is `/`, which matches the root alone.
/// Files and folders are matched alike. A character is a Unicode scalar, and equal means the same scalars: forms that only look
/// alike do not match each other, since they are different files.
public struct Glob: Sendable, CustomStringConvertible {
    /// A pattern is at most this long, in bytes; so an automaton stays within a few megabytes.
    public static let byteCountMax = 4096
    /// Alternatives nest at most this deep.
    public static let nestingMax = 32

    /// The pattern as it was given.
    public let description: String

    let automaton: Automaton

    /// - Throws: where the pattern is malformed, too long, or uses what is not supported; the error says at which character.
    public init(_ pattern: String) throws(GlobError) {
        var parser = try PatternParser(pattern)
        automaton = Automaton(try parser.parse())
        description = pattern
    }

    /// The state at the root of a tree, from which a walk begins.
    public var start: State { State(automaton) }

    /// Whether it matches the path, which is read with or without a leading `/`.
    public func matches(_ path: some StringProtocol) -> Bool {
        var state = start
        for component in path.utf8.split(separator: UInt8(ascii: "/")) {
            guard let next = state.advanced(byComponent: component) else { return false }
            state = next
        }
        return state.isMatch
    }
}

/// Two patterns are equal when their characters are, as matching has it.
extension Glob: Hashable {
    public static func == (left: Glob, right: Glob) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
    }
}
