/// The way to a value of a text.
///
/// It is spelled out for what is told alone: each of many values below a long key would hold that key.
indirect enum NodePath: Sendable {
    case root
    case member(of: NodePath, key: String)
    case element(of: NodePath, index: Int)

    /// A pointer that is longer is cut.
    private static let pointerLengthMax = 1000

    /// As a JSON Pointer has it (RFC 6901); empty for the root.
    var pointer: String {
        var tokens: [String] = []
        var path = self
        while true {
            switch path {
            case .root:
                let pointer = tokens.reversed().map { "/" + $0 }.joined()
                let start = pointer.unicodeScalars.prefix(Self.pointerLengthMax)
                return start.endIndex == pointer.endIndex ? pointer : String(start) + "…"
            case .member(let parent, let key):
                // Section 3.
                tokens.append(key.unicodeScalars.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined())
                path = parent
            case .element(let parent, let index):
                tokens.append(String(index))
                path = parent
            }
        }
    }
}
