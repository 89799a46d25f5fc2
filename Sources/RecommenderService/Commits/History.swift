import Model

/// Where requests are found that left the head of `streaming`: for each hour a file with a line for each batch that left.
///
/// A line is a time and a commit: requests of the hour up to that time, and after that of the line before, were deleted in that commit, so
/// they are in its parent. It is written in that very commit, so it is there exactly when it is needed.
enum History {
    /// Of the file of one hour; at 60 bytes a batch it is out of reach.
    static let byteCountMax = 16 * 1024 * 1024

    /// The file for the hour of `name`. It lies one folder higher than requests do, where pipelines do not look for them.
    static func path(for name: RequestName) -> FilePath {
        .literal("/history/\(RequestName.text(of: name.time).prefix(13))")
    }

    /// The line for requests up to `last` that are deleted in `commit`.
    static func line(upTo last: RequestName, removedIn commit: CommitID) -> [UInt8] {
        Array("\(RequestName.text(of: last.time)) \(commit)\n".utf8)
    }

    /// The commit in which `name` was deleted, by the file of its hour; nil where it did not leave the head.
    static func commit(removing name: RequestName, in file: [UInt8]) throws(PachError) -> CommitID? {
        // Lines are equally long, and their times rise as text.
        let length = line(upTo: name, removedIn: .random()).count
        let time = Array(RequestName.text(of: name.time).utf8)
        var low = 0
        var high = file.count / length
        while low < high {
            let middle = (low + high) / 2
            if file[(middle * length)...].prefix(time.count).lexicographicallyPrecedes(time) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < file.count / length else { return nil }
        let digits = file[(low * length + time.count + 1)..<((low + 1) * length - 1)]
        guard let commit = CommitID(String(decoding: digits, as: UTF8.self)) else {
            throw PachError(.corrupt, "\(path(for: name)) has a line that does not name a commit")
        }
        return commit
    }
}
