package import Model

extension FileName {
    /// A name that our own text spells, and that is known to be one.
    package static func fixed(_ text: String) -> FileName {
        guard let name = try? FileName(text) else { preconditionFailure("\(text) is a file name") }
        return name
    }
}

extension Digest {
    /// The names on the way to what is kept under this digest: its first two digits, the next two, and all of them. So even
    /// a hundred million of them leave each folder with at most some thousand entries.
    var fannedOut: [FileName] {
        let digits = description
        return [.fixed(String(digits.prefix(2))), .fixed(String(digits.dropFirst(2).prefix(2))), .fixed(digits)]
    }
}
