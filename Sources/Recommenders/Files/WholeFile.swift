/// Files that are read at one go.
enum WholeFile {
    /// The bytes of a file.
    ///
    /// - Throws: `.io` when it cannot be read.
    static func bytes(of path: String) throws(RecommenderError) -> [UInt8] {
        let file = try FileDescriptor(path, for: .reading)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try file.readSome(into: &chunk)
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }
}
