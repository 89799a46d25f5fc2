/// Variables as a file that a shell reads with `. file`, one `NAME='value'` each.
struct ShellVariables {
    let text: String

    /// A name that a shell does not take, such as that of the input `my-data`, has `_` in place of what it does not take, unless there
    /// is a variable of that name already.
    init(_ variables: [String: String]) {
        var named: [String: String] = [:]
        for (name, value) in variables where Self.name(from: name) == name { named[name] = value }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            let name = Self.name(from: name)
            if named[name] == nil { named[name] = value }
        }
        text = named.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value))\n" }.joined()
    }

    private static func name(from name: String) -> String {
        let allowed = String(
            name.unicodeScalars.map { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_": Character(scalar)
                default: "_"
                }
            })
        return allowed.first?.isNumber ?? true ? "_" + allowed : allowed
    }

    /// Within single quotes everything stands for itself, save the quote.
    private static func quoted(_ value: String) -> String {
        // By bytes: of a quote with an accent a string makes one character, which is no quote.
        let parts = value.utf8.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
        return "'" + parts.map { String(Substring($0)) }.joined(separator: #"'\''"#) + "'"
    }
}
