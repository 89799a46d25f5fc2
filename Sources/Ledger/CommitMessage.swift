public import Model

/// The Git commit of a finished commit: its message carries the commit's facts as trailers, so that a repo explains itself
/// without our database. `docs/storage-format.md` specifies the form.
public struct CommitMessage: Sendable, Hashable {
    public var id: CommitID
    public var branch: BranchName
    public var origin: CommitOrigin
    public var description: String
    public var started: Timestamp
    public var finished: Timestamp
    /// The commit's parent in our sense, which need not be the Git parent: a failed commit is nobody's Git parent.
    public var parent: CommitID?
    /// Bytes of all files.
    public var size: Int64
    public var provenance: [CommitLink]
    public var job: JobLink?
    public var error: String?
    /// How the job ended; nil where no job made the commit.
    public var jobState: JobState?

    private enum Trailer: String, CaseIterable {
        case commit = "Pach-Commit"
        case branch = "Pach-Branch"
        case origin = "Pach-Origin"
        case started = "Pach-Started"
        case finished = "Pach-Finished"
        case parent = "Pach-Parent"
        case size = "Pach-Size"
        case provenance = "Pach-Provenance"
        case job = "Pach-Job"
        case jobState = "Pach-Job-State"
        case error = "Pach-Error"
    }

    public init(
        id: CommitID, branch: BranchName, origin: CommitOrigin, description: String, started: Timestamp, finished: Timestamp,
        parent: CommitID?, size: Int64, provenance: [CommitLink], job: JobLink?, jobState: JobState? = nil, error: String?
    ) {
        self.jobState = jobState
        self.id = id
        self.branch = branch
        self.origin = origin
        self.description = description
        self.started = started
        self.finished = finished
        self.parent = parent
        self.size = size
        self.provenance = provenance
        self.job = job
        self.error = error
    }

    /// The message's text: the description, an empty line, the trailers.
    public var text: String {
        var lines: [(Trailer, String)] = [
            (.commit, id.description), (.branch, branch.description), (.origin, origin.rawValue), (.started, started.description),
            (.finished, finished.description),
        ]
        if let parent { lines.append((.parent, parent.description)) }
        lines.append((.size, String(size)))
        for upstream in provenance { lines.append((.provenance, "\(upstream.branch)=\(upstream.id)")) }
        if let job { lines.append((.job, job.description)) }
        if let jobState { lines.append((.jobState, jobState.rawValue)) }
        if let error { lines.append((.error, Self.onOneLine(error))) }
        // Git refuses a NUL within a commit (fsck's nulInCommit).
        let clean = description.utf8.contains(0) ? description.replacing("\0", with: "\u{FFFD}") : description
        let subject = clean.trimmingSuffix { $0.isNewline }
        return (subject.isEmpty ? Self.subject(of: id) : subject) + "\n\n" + lines.map { "\($0.0.rawValue): \($0.1)\n" }.joined()
    }

    /// Parses a message that `text` made.
    /// - Throws: `corrupt`.
    public init(parsing text: String) throws(PachError) {
        // By bytes: of a carriage return with a line feed, or of a colon with an accent, a string makes one character.
        let bytes = Array(text.utf8)
        guard let blank = bytes.ranges(of: Array("\n\n".utf8)).last else {
            throw PachError(.corrupt, "a commit message has no trailers")
        }
        let subject = String(decoding: bytes[..<blank.lowerBound], as: UTF8.self)
        var values: [Trailer: [String]] = [:]
        for line in bytes[blank.upperBound...].split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, let trailer = Trailer(rawValue: String(decoding: parts[0], as: UTF8.self)) else { continue }
            values[trailer, default: []].append(String(decoding: parts[1].dropFirst(), as: UTF8.self))
        }
        func value<Value>(_ trailer: Trailer, _ parse: (String) throws -> Value?) throws(PachError) -> Value {
            guard let text = values[trailer]?.first, let value = try? parse(text) else {
                throw PachError(.corrupt, "a commit message lacks a valid \(trailer.rawValue)")
            }
            return value
        }
        func optional<Value>(_ trailer: Trailer, _ parse: (String) throws -> Value?) throws(PachError) -> Value? {
            values[trailer] == nil ? nil : try value(trailer, parse)
        }
        id = try value(.commit) { CommitID($0) }
        description = subject == Self.subject(of: id) ? "" : subject
        branch = try value(.branch) { try BranchName($0) }
        origin = try value(.origin, CommitOrigin.init(rawValue:))
        started = try value(.started) { Timestamp($0) }
        finished = try value(.finished) { Timestamp($0) }
        parent = try optional(.parent) { CommitID($0) }
        size = try value(.size) { Int64($0).flatMap { Amount.range.contains($0) ? $0 : nil } }
        job = try optional(.job) { text in
            let parts = text.split(separator: "@")
            guard parts.count == 2, let id = JobID(parts[1]) else { return nil }
            return JobLink(pipeline: try PipelineName(String(parts[0])), id: id)
        }
        jobState = try optional(.jobState, JobState.init(rawValue:))
        error = values[.error]?.first.map(Self.fromOneLine)
        var provenance: [CommitLink] = []
        for line in values[.provenance] ?? [] {
            guard let reference = try? CommitReference(line), case .commitOnBranch(let id, let branch) = reference.start else {
                throw PachError(.corrupt, "a commit message lacks a valid \(Trailer.provenance.rawValue)")
            }
            provenance.append(CommitLink(branch: Branch(repo: reference.repo, name: branch), id: id))
        }
        self.provenance = provenance
    }

    /// What stands where the description is empty, so that `git log` has something to show.
    private static func subject(of id: CommitID) -> String { "commit \(id)" }

    private static func onOneLine(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar {
            case "\\": line += #"\\"#
            case "\n": line += #"\n"#
            case "\r": line += #"\r"#
            case "\0": line += "\u{FFFD}"
            default: line.unicodeScalars.append(scalar)
            }
        }
    }

    private static func fromOneLine(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                result.unicodeScalars.append(scalar == "n" ? "\n" : scalar == "r" ? "\r" : scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The bytes of the Git commit object (git-commit-tree(1)).
    /// - Parameter gitParent: the nearest ancestor that a clone shows.
    public func gitObject(tree: ObjectID, gitParent: ObjectID?) -> [UInt8] {
        let signature = "pach <pach@localhost> \(finished.seconds) +0000"
        var header = "tree \(tree)\n"
        if let gitParent { header += "parent \(gitParent)\n" }
        header += "author \(signature)\ncommitter \(signature)\n\n"
        return Array(header.utf8) + Array(text.utf8)
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var slice = self[...]
        while let last = slice.last, predicate(last) { slice.removeLast() }
        return String(slice)
    }
}
