internal import Foundation

/// One command of a user.
struct Step: Sendable {
    /// What the report calls it.
    var operation: String
    /// The arguments of `pach`.
    var words: [String]
    /// A commit whose id is one more argument: it differs from run to run.
    var commit: String?
    /// What its report has where it tells there what went wrong, and ends with 1 for that.
    var complaint: String?

    /// All arguments, in a house in which the commit is.
    func words(in house: House) throws -> [String] {
        guard let commit else { return words }
        let inspection = try house.pach(["inspect", "commit", commit, "-o", "json"])
        guard inspection.code == 0 else { throw Problem("pach inspect commit \(commit): \(inspection.summary)") }
        return words + [try JSONDecoder().decode(Inspection.self, from: Data(inspection.output.utf8)).commit.id]
    }

    private struct Inspection: Decodable {
        struct Link: Decodable { var id: String }
        var commit: Link
    }
}

/// Commands that leave nothing of what writes out, in the order in which a user might give them.
enum Script {
    static let steps: [Step] = [
        Step(operation: "create repo", words: ["create", "repo", "in"]),
        Step(operation: "put file, small", words: ["put", "file", "in@master:/a", "-f", "small"]),
        Step(operation: "put folder", words: ["put", "file", "in@master:/", "-r", "-f", "folder"]),
        Step(operation: "put file, large", words: ["put", "file", "in@master:/big", "-f", "big"]),
        Step(operation: "put file --append", words: ["put", "file", "in@master:/big", "--append", "-f", "more"]),
        Step(operation: "start commit", words: ["start", "commit", "in@master"]),
        Step(operation: "put file into an open commit", words: ["put", "file", "in@master:/x/b", "-f", "small"]),
        Step(operation: "finish commit", words: ["finish", "commit", "in@master"]),
        Step(operation: "copy file", words: ["copy", "file", "in@master:/big", "in@master:/copies/big"]),
        Step(operation: "delete file", words: ["delete", "file", "in@master:/big"]),
        Step(operation: "create branch", words: ["create", "branch", "in@dev", "--head", "master"]),
        Step(operation: "put file, small", words: ["put", "file", "in@dev:/dev", "-f", "small"]),
        Step(operation: "move branch", words: ["create", "branch", "in@dev", "--head", "in@master"]),
        Step(operation: "delete branch", words: ["delete", "branch", "in@dev"]),
        Step(operation: "squash commit", words: ["squash", "commit"], commit: "in@master^"),
        Step(operation: "gc", words: ["gc"], complaint: "PROBLEM"),
        Step(operation: "put file, small", words: ["put", "file", "in@master:/x/e", "-f", "small"]),
        Step(operation: "delete commit", words: ["delete", "commit"], commit: "in@master"),
        Step(operation: "create pipeline", words: ["create", "pipeline", "-f", "pipeline.json"]),
        Step(operation: "run", words: ["run"]),
        Step(operation: "put file, a job follows", words: ["put", "file", "in@master:/c", "-f", "small"]),
        Step(operation: "update pipeline", words: ["update", "pipeline", "-f", "pipeline.json"]),
        Step(operation: "run", words: ["run"]),
        Step(operation: "delete pipeline", words: ["delete", "pipeline", "copy"]),
        Step(operation: "update repo", words: ["update", "repo", "in", "--description", "other"]),
        Step(operation: "backup", words: ["backup", "../data/backup"]),
        // What the backup has then goes, and more comes.
        Step(operation: "put file, small", words: ["put", "file", "in@master:/x/f", "-f", "small"]),
        Step(operation: "squash commit", words: ["squash", "commit"], commit: "in@master^"),
        Step(operation: "gc", words: ["gc"], complaint: "PROBLEM"),
        Step(operation: "backup, once more", words: ["backup", "../data/backup"]),
        Step(operation: "restore", words: ["restore", "../data/backup", "--root", "../data/restored"]),
        Step(operation: "fsck --publish", words: ["fsck", "--publish"], complaint: "damage: "),
        Step(operation: "fsck --rebuild", words: ["fsck", "--rebuild"]),
        Step(operation: "fsck --fix", words: ["fsck", "--fix"], complaint: "damage: "),
        Step(operation: "gc", words: ["gc"], complaint: "PROBLEM"),
        Step(operation: "delete repo", words: ["delete", "repo", "in"]),
    ]

    /// Makes the files that the commands read, where they run.
    static func prepare(_ house: House) throws {
        func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: "\(house.beside)/\(name)")) }
        try write(Array("small\n".utf8), "small")
        // Over a megabyte: a tree of chunks; what does not compress goes to a pack of its own.
        try write(noise(1_100_000, seed: 1), "big")
        try write(noise(3_000, seed: 2), "more")
        // The first one's listing is long enough for a change of it to be kept as a delta.
        for (folder, fileCount) in [("x", 40), ("y/z", 4)] {
            try FileManager.default.createDirectory(atPath: "\(house.beside)/folder/\(folder)", withIntermediateDirectories: true)
            for number in 0..<fileCount { try write(Array("\(folder) \(number)\n".utf8), "folder/\(folder)/\(number)") }
        }
        let spec = """
            {"pipeline": {"name": "copy"}, "input": {"pfs": {"repo": "in", "glob": "/*"}},
             "transform": {"cmd": ["sh"], "stdin": ["cp -r $in /pfs/out/"]}}
            """
        try write(Array(spec.utf8), "pipeline.json")
    }

    /// Bytes that do not compress.
    private static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix(seed: seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return Array(bytes.prefix(count))
    }
}
