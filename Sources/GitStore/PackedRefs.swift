import Model

/// The file `packed-refs`, where a user's Git puts refs that have no file of their own then (git-pack-refs(1)). We write it only to remove
/// one.
struct PackedRefs {
    static let fileName = "packed-refs"

    private(set) var targets: [String: ObjectID] = [:]
    /// Whether a line could not be read.
    private(set) var isDamaged = false
    private let lines: [ArraySlice<UInt8>]

    /// Lines are `ID NAME`; one that begins with `^` tells more of the one before, and one with `#` of all.
    init(parsing text: [UInt8]) {
        lines = text.split(separator: UInt8(ascii: "\n"))
        for line in lines {
            if let (name, target) = Self.ref(line) {
                targets[name] = target
            } else if line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "^") {
                isDamaged = true
            }
        }
    }

    /// The file without a ref, all else as it is.
    func removing(_ name: String) -> [UInt8] {
        var text: [UInt8] = []
        var isRemoved = false
        for line in lines {
            if line.first != UInt8(ascii: "^") { isRemoved = Self.ref(line)?.name == name }
            if !isRemoved { text += line + [UInt8(ascii: "\n")] }
        }
        return text
    }

    private static func ref(_ line: ArraySlice<UInt8>) -> (name: String, target: ObjectID)? {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, let target = ObjectID(hex: String(decoding: words[0], as: UTF8.self)) else { return nil }
        return (String(decoding: words[1], as: UTF8.self), target)
    }
}
