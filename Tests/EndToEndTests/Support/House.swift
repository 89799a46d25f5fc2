import Foundation
import Testing

/// A folder of its own for a test, with a data root in it, and the programs that work on it.
final class House: Sendable {
    let folder: String
    var root: String { "\(folder)/repos" }

    init() throws {
        folder = NSTemporaryDirectory() + "pach-house-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    }

    deinit {
        // What is left is swept with the machine's temporary files.
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Programs

    /// Runs a program to its end, however it ends.
    func outcome(_ words: [String], input: String? = nil, environment more: [String: String] = [:]) async throws -> Child.Outcome {
        var file = "/dev/null"
        if let input {
            file = "\(folder)/input-\(UUID().uuidString)"
            try Data(input.utf8).write(to: URL(fileURLWithPath: file))
        }
        defer { if input != nil { try? FileManager.default.removeItem(atPath: file) } }
        let environment = Programs.environment(home: folder).merging(more) { $1 }
        // Nothing here takes long; what hangs fails its test alone.
        return try await Child(["timeout", "--foreground", "120"] + words, in: folder, environment: environment, input: file).wait()
    }

    /// Runs a program that has to succeed.
    /// - Returns: what it prints, without the line feed at the end.
    @discardableResult
    func run(
        _ words: String..., input: String? = nil, environment: [String: String] = [:], at place: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try Self.expectSuccess(try await outcome(words, input: input, environment: environment), of: words, at: place)
    }

    @discardableResult
    func run(words: [String], at place: SourceLocation = #_sourceLocation) async throws -> String {
        try Self.expectSuccess(try await outcome(words), of: words, at: place)
    }

    /// Runs `pach` on the data root; it has to succeed.
    @discardableResult
    func pach(_ words: String..., input: String? = nil, at place: SourceLocation = #_sourceLocation) async throws -> String {
        try Self.expectSuccess(try await outcome(["pach"] + words, input: input), of: ["pach"] + words, at: place)
    }

    /// Runs `pach` on the data root, to whatever end.
    func attempt(_ words: String..., input: String? = nil, environment: [String: String] = [:]) async throws -> Child.Outcome {
        try await outcome(["pach"] + words, input: input, environment: environment)
    }

    static func expectSuccess(_ outcome: Child.Outcome, of words: [String], at place: SourceLocation) throws -> String {
        try #require(
            outcome.code == 0, "\(words.joined(separator: " ")) ended with \(outcome.code): \(outcome.error)\(outcome.output)",
            sourceLocation: place)
        return outcome.output.trimmingSuffix(while: { $0 == "\n" })
    }

    // MARK: Files

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func write(_ content: String, to name: String) throws { try write(Array(content.utf8), to: name) }

    func write(_ content: [UInt8], to name: String) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content).write(to: url)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// All files below a folder, by their paths relative to it.
    func files(below name: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for child in try FileManager.default.subpathsOfDirectory(atPath: path(name)) {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path("\(name)/\(child)"), isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            files[child] = try bytes("\(name)/\(child)")
        }
        return files
    }

    /// Bytes on disk of a repo's objects.
    func objectBytes(of repo: String) throws -> Int {
        try files(below: "repos/\(repo).git/objects").values.reduce(0) { $0 + $1.count }
    }

    // MARK: Repos

    /// Creates a repo with these files at the head of its master.
    func repo(_ name: String, _ files: [String: String] = [:]) async throws {
        try await pach("create", "repo", name)
        if !files.isEmpty { try await put(files, in: name) }
    }

    /// Puts files in one commit.
    func put(_ files: [String: String], in repo: String) async throws {
        let source = "source-\(UUID().uuidString)"
        for (path, content) in files { try write(content, to: "\(source)/\(path)") }
        try await pach("put", "file", "\(repo)@master:/", "-r", "-f", source)
        try FileManager.default.removeItem(atPath: path(source))
    }

    /// The text files at the head of a repo's master, by path.
    func texts(_ repo: String) async throws -> [String: String] {
        let target = "texts-\(UUID().uuidString)"
        try await pach("get", "file", "\(repo)@master:/", "-r", "-o", target)
        return try files(below: target).mapValues { String(decoding: $0, as: UTF8.self) }
    }

    /// The ids of the commits on master, newest first.
    func ids(_ repo: String) async throws -> [String] {
        try await json(of: ListedCommit.self, "list", "commit", "\(repo)@master").map(\.commit.id)
    }

    /// What stock Git says of a repo.
    func git(_ repo: String, _ words: String...) async throws -> String {
        try await run(words: ["git", "-C", "\(root)/\(repo).git"] + words)
    }

    func list(_ repo: String) async throws -> [String] {
        try await json(of: ListedFile.self, "list", "file", "\(repo)@master:/").map(\.file.path)
    }

    var repos: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasSuffix(".git") }.sorted() }
    }

    /// Both judges of a data root: our own and stock Git's, on each repo.
    func expectSound(at place: SourceLocation = #_sourceLocation) async throws {
        try await pach("fsck", "--publish", at: place)
        for repo in try repos {
            let verdict = try await outcome(["git", "-C", "\(root)/\(repo)", "fsck", "--strict", "--no-dangling"])
            // A repo without commits has a HEAD that points nowhere yet.
            let complaints = verdict.error.split(separator: "\n").filter { !$0.hasPrefix("notice: ") }
            #expect(verdict.code == 0 && complaints.isEmpty, "git fsck of \(repo): \(verdict.error)", sourceLocation: place)
        }
    }

    // MARK: Pipelines

    /// Creates a pipeline, or with `update` changes it.
    func pipeline(
        _ name: String, reading repo: String = "in", glob: String = "/*", _ script: String, update: Bool = false,
        with fields: [String: JSON] = [:],
        transform: [String: JSON] = [:], at place: SourceLocation = #_sourceLocation
    ) async throws {
        let spec = Self.spec(name, reading: repo, glob: glob, script, with: fields, transform: transform)
        try await pach(update ? "update" : "create", "pipeline", input: spec, at: place)
    }

    static func spec(
        _ name: String, reading repo: String = "in", glob: String = "/*", _ script: String, with fields: [String: JSON] = [:],
        transform: [String: JSON] = [:]
    ) -> String {
        let run: [String: JSON] = ["cmd": ["sh"], "stdin": [.string(script)]]
        let spec: [String: JSON] = [
            "pipeline": ["name": .string(name)], "input": ["pfs": ["repo": .string(repo), "glob": .string(glob)]],
            "transform": .object(run.merging(transform) { $1 }),
        ]
        return JSON.object(spec.merging(fields) { $1 }).text
    }

    /// Runs all jobs that wait, to whatever end.
    @discardableResult
    func runJobs() async throws -> Child.Outcome { try await outcome(["pach", "run"]) }

    /// A pipeline's jobs, newest first.
    func jobs(_ pipeline: String) async throws -> [Job] { try await json(of: Job.self, "list", "job", "-p", pipeline) }

    func lastJob(_ pipeline: String) async throws -> Job {
        try #require(try await jobs(pipeline).first, "pipeline \(pipeline) has no job")
    }

    /// Waits for the first line that a job's user code writes, with a server that runs it.
    func firstLine(of job: Job) async throws -> String {
        let script = "mkfifo lines-$1; pach logs --job $1 -f > lines-$1 & read line < lines-$1; kill $!; echo $line"
        return try await run("sh", "-c", script, "sh", job.name)
    }

    func inspect(_ job: Job) async throws -> Job {
        try #require(try await json(of: Job.self, "inspect", "job", job.name).first)
    }

    /// What `pach` prints with `-o json`, an object a line.
    func json<Value: Decodable>(of type: Value.Type, _ words: String...) async throws -> [Value] {
        let words = ["pach"] + words + ["-o", "json"]
        let text = try Self.expectSuccess(try await outcome(words), of: words, at: #_sourceLocation)
        return try text.split(separator: "\n").map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
}

extension String {
    func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        String(self[..<(lastIndex { !isTrimmed($0) }.map { index(after: $0) } ?? startIndex)])
    }
}

/// Bytes that do not compress, the same for the same seed (SplitMix64).
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            word ^= word >> 31
            for shift in 0..<min(8, count - filled) {
                buffer[filled] = UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))
                filled += 1
            }
        }
    }
}
