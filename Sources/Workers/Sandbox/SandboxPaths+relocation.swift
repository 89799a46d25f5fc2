extension SandboxPaths {
    /// What a spec says, with the place of the folder of inputs and outputs where it names `/pfs`: without a sandbox that is elsewhere.
    ///
    /// It is named where a path begins with it, as a whole component: neither `/data/pfs` nor `/pfs2` is meant. Of `-C/pfs` and
    /// `file:///pfs` the path begins behind the option and the scheme.
    func relocated(_ text: String) -> String {
        let name = Array("/pfs".utf8)
        guard pfs != "/pfs" else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: name), Self.endsComponent(rest.dropFirst(name.count)), Self.beginsPath(after: bytes[..<rest.startIndex]) {
                result += pfs.utf8
                rest = rest.dropFirst(name.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func endsComponent(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.first.map { !isOfName($0) } ?? true
    }

    /// Also a variable, a command's output or a pattern may come before a slash.
    private static func beginsPath(after text: ArraySlice<UInt8>) -> Bool {
        let before = text.reversed().prefix { isOfName($0) || "/})]\\".utf8.contains($0) }
        if before.isEmpty { return true }
        let word = text.suffix(before.count)
        let isOption = word.count == 2 && word.first == UInt8(ascii: "-") && word.last != UInt8(ascii: "/")
        let isScheme = word.elementsEqual("//".utf8) && text.dropLast(word.count).last == UInt8(ascii: ":")
        return isOption || isScheme
    }

    /// Whether a component of a path may go on with it, a variable and a pattern in a shell's text included.
    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: "._-+~%$*?[".utf8.contains(byte)
        }
    }
}
