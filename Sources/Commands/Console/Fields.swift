/// What `inspect` prints: one `Key: value` a line.
struct Fields {
    private(set) var text = ""

    /// - Parameter value: left out where it is nil.
    mutating func add(_ key: String, _ value: String?) {
        guard let value else { return }
        text += value.isEmpty ? "\(key):\n" : "\(key): \(visible(value))\n"
    }

    mutating func add(_ key: String, _ value: Int) {
        add(key, String(value))
    }

    /// A value that has lines of its own, such as JSON.
    mutating func add(_ key: String, lines: String) {
        text += "\(key):\n\(lines)\n"
    }
}
