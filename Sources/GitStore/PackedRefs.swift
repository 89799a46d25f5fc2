public import Model

/// The file `packed-refs` (git-pack-refs(1)).
public struct PackedRefs: Sendable {
    public typealias Ref = (name: String, target: ObjectID)

    /// What can be read of it.
    public private(set) var refs: [Ref] = []
    /// Whether any Git reads all of it. One that cannot read a line reads none.
    public private(set) var isSound = true

    private static let header = "# pack-refs with:"

    public init(parsing bytes: [UInt8]) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.removeLast().isEmpty == false { isSound = false }
        var isSorted = false
        var mayPeel = false
        for (number, line) in lines.enumerated() {
            if number == 0, line.starts(with: Self.header.utf8) {
                isSorted = String(decoding: line, as: UTF8.self).split(separator: " ").contains("sorted")
            } else if line.first == UInt8(ascii: "^") {
                // What the annotated tag of the line before points at.
                if !mayPeel || Self.id(line.dropFirst()) == nil { isSound = false }
                mayPeel = false
            } else if let ref = Self.ref(line) {
                // Git looks for names by halves.
                if isSorted, let last = refs.last, !Self.isBefore(last, ref) { isSound = false }
                refs.append(ref)
                mayPeel = true
            } else {
                isSound = false
                mayPeel = false
            }
        }
    }

    private static func ref(_ line: some Collection<UInt8>) -> Ref? {
        guard let id = id(line.prefix(40)), line.dropFirst(40).first == UInt8(ascii: " "),
            let name = String(validating: line.dropFirst(41), as: UTF8.self), (try? RefName(name)) != nil
        else { return nil }
        return (name, id)
    }

    private static func id(_ text: some Collection<UInt8>) -> ObjectID? {
        ObjectID(hex: String(decoding: text, as: UTF8.self))
    }

    private static func isBefore(_ left: Ref, _ right: Ref) -> Bool { left.name.utf8.lexicographicallyPrecedes(right.name.utf8) }

    /// The file with these refs and no others.
    public static func text(of refs: [Ref]) -> String {
        "\(header) sorted \n" + refs.sorted(by: isBefore).map { "\($0.target) \($0.name)\n" }.joined()
    }
}
