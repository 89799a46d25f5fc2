import Files
import Model

/// The files that a Git config includes (git-config(1), "Includes"), and those that these do.
enum ConfigIncludes {
    /// - Throws: `inaccessible` where one is no regular file: libgit2 would wait for one that writes to a pipe; `tooLarge`, where it would read it all.
    static func check(_ config: String) throws(PachError) {
        var waiting = [config]
        var seen: Set<FileStatus.Identity> = []
        while let path = waiting.popLast() {
            // It leaves out what is missing, and folders.
            guard let status = status(of: path), status.kind != .folder else { continue }
            guard status.kind == .file else {
                throw PachError(
                    .inaccessible, "Could not read the config \(quoted(config))",
                    cause: "\(quoted(path)), which it includes, is not a regular file", hint: "Remove the include, or put a file there.")
            }
            guard seen.insert(status.identity).inserted else { continue }
            let text = try GitRepository.text(of: path)
            waiting += paths(in: text).map { $0.hasPrefix("/") ? $0 : "\(Folder.parent(of: path))/\($0)" }
        }
    }

    /// - Returns: nil also of what cannot be there, such as a name that is too long: libgit2 has its own word on that.
    private static func status(of path: String) -> FileStatus? {
        do throws(PachError) {
            return try Folder.status(of: path)
        } catch {
            return nil
        }
    }

    /// What is called `path` in any section: which of them include, and when, is not told apart, since no setting of Git's is to name a pipe.
    private static func paths(in text: String) -> [String] {
        text.replacing("\\\n", with: "").split(whereSeparator: \.isNewline).compactMap { line in
            line.wholeMatch(of: /\s*(?:\[.*\]\s*)?path\s*=(.*)/.ignoresCase()).map { value($0.1) }
        }
    }

    /// A value without its quotes, and without a comment behind it.
    private static func value(_ text: Substring) -> String {
        var value = ""
        var isQuoted = false
        var isEscaped = false
        scan: for scalar in text.unicodeScalars {
            switch scalar {
            case _ where isEscaped:
                value.unicodeScalars.append(scalar)
                isEscaped = false
            case "\\": isEscaped = true
            case "\"": isQuoted.toggle()
            case "#" where !isQuoted, ";" where !isQuoted: break scan
            default: value.unicodeScalars.append(scalar)
            }
        }
        let start = value.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }
}
