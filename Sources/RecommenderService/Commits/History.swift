import Model

/// Where requests are found that left the head of `streaming`: for each hour a file with a line for each batch that left.
///
/// A line is a time and a commit: requests of the hour up to that time, and after that of the line before, were deleted in that commit, so
/// they are in its parent. It is written in that very commit, so it is there exactly when it is needed. Where that commit was finished before
/// all were deleted, those that it still has are in the parent of a later line's.
enum History {
    /// Of the file of one hour; at 60 bytes a batch it is out of reach.
    static let byteCountMax = 16 * 1024 * 1024

    /// Where the files are, named by their hours.
    static let folder = FilePath.literal("/history")

    /// The file for the hour of `name`. It lies one folder higher than requests do, where pipelines do not look for them.
    static func path(for name: RequestName) -> FilePath {
        .literal("\(folder)/\(RequestName.text(of: name.time).prefix(13))")
    }

    /// The line for requests up to `last` that are deleted in `commit`.
    static func line(upTo last: RequestName, removedIn commit: CommitID) -> [UInt8] {
        Array("\(RequestName.text(of: last.time)) \(commit)\n".utf8)
    }

    /// The lines of the file of an hour that may tell where `name` was deleted: the first that covers its time, and those after it.
    static func lines(covering name: RequestName, in file: [UInt8]) -> Range<Int> {
        // Their times rise as text.
        let time = Array(RequestName.text(of: name.time).utf8)
        let end = file.count / lineByteCount
        var low = 0
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if file[(middle * lineByteCount)...].prefix(time.count).lexicographicallyPrecedes(time) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low..<end
    }

    /// The commit that a line names, of the file of the hour of `name`.
    static func commit(ofLine number: Int, in file: [UInt8], of name: RequestName) throws(PachError) -> CommitID {
        let line = file[(number * lineByteCount)..<((number + 1) * lineByteCount - 1)]
        guard let separator = line.firstIndex(of: UInt8(ascii: " ")),
            let commit = CommitID(String(decoding: line[(separator + 1)...], as: UTF8.self))
        else {
            throw PachError(.corrupt, "\(path(for: name)) has a line that does not name a commit")
        }
        return commit
    }

    /// The time of the last request of which the file of an hour tells; nil where it has no line.
    /// - Throws: `corrupt`.
    static func lastTime(in file: [UInt8]) throws(PachError) -> Timestamp? {
        let lineCount = file.count / lineByteCount
        guard lineCount > 0 else { return nil }
        let line = file[((lineCount - 1) * lineByteCount)...]
        guard let time = Timestamp(String(decoding: line.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self) + "Z") else {
            throw PachError(.corrupt, "a file of the history has a line that does not name a time")
        }
        return time
    }

    /// Lines are equally long.
    private static let lineByteCount = line(upTo: RequestName(.predict, at: Timestamp(microseconds: 0)), removedIn: .random()).count
}
