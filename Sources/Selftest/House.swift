internal import Foundation
internal import Glibc

/// A folder of one worker with a data root in it, and the programs that work on it.
struct House: Sendable {
    /// Watched by the library `pachfaults`; the data root is `repos` in it, so that the root's own making is seen too.
    let data: String
    /// For what must not be watched: files to put, records, output.
    let beside: String
    private let programs: Programs

    /// What the selftest runs.
    struct Programs: Sendable {
        var pach: String
        var library: String
        /// What has been learnt of all houses.
        let witness = Witness()
    }

    /// - Parameter folder: does not exist, or is the worker's own.
    init(folder: String, programs: Programs) throws {
        try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder + "/beside", withIntermediateDirectories: true)
        // The library compares paths as the kernel gives them.
        guard let real = realpath(folder, nil) else { throw SelftestFailure("could not find \(folder)") }
        defer { free(real) }
        data = String(cString: real) + "/data"
        beside = String(cString: real) + "/beside"
        self.programs = programs
    }

    var root: String { "\(data)/repos" }
    var record: String { "\(beside)/record" }

    private var environment: [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": beside, "LC_ALL": "C.UTF-8", "PACH_ROOT": root,
            "SWIFT_BACKTRACE": "enable=no", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        ]
    }

    /// Starts `pach`.
    /// - Parameter plan: what the library does to it; nil: it runs without.
    func start(_ words: [String], plan: FaultPlan? = nil, records: Bool = false) throws -> ProgramRun {
        var environment = environment
        if let plan {
            environment["LD_PRELOAD"] = programs.library
            environment.merge(plan.environment(folder: data, record: records ? record : nil)) { $1 }
        }
        return try ProgramRun([programs.pach] + words, environment: environment, place: beside)
    }

    func pach(_ words: [String], plan: FaultPlan? = nil, records: Bool = false) throws -> ProgramOutcome {
        try start(words, plan: plan, records: records).wait()
    }

    /// What stock Git says of a repo, by a command that only reads.
    func git(_ repo: String, _ words: [String]) throws -> ProgramOutcome {
        let folder = "\(root)/\(repo)"
        return try programs.witness.answer(to: ["git", repo] + words, about: folder) {
            try ProgramRun(["git", "-C", folder] + words, environment: environment, place: beside).wait()
        }
    }

    /// The commits of the data root that the script restores; nil where there is none, or where what is there says that it is not whole.
    func listOfRestored() throws -> ProgramOutcome? {
        let folder = "\(data)/restored"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        let words = ["list", "commit", "-x", "-o", "json"]
        let list = try programs.witness.answer(to: ["pach"] + words, about: folder) {
            // To look at a data root changes it, and another restoration may go on with this one.
            let copy = "\(beside)/restored"
            try FileTree(reading: folder).write(to: copy)
            return try pach(words + ["--root", copy])
        }
        return list.findsNoRoot || list.code == 1 && list.error.contains("a restoration was cut off") ? nil : list
    }

    /// Takes the record of what has run since the last call.
    func takeRecord() throws -> [FileOperation] {
        guard FileManager.default.fileExists(atPath: record) else { return [] }
        defer { unlink(record) }
        return try FileOperation.read(recordAt: record, folder: data)
    }

    /// The names of the Git repositories.
    func repos() throws -> [String] {
        guard FileManager.default.fileExists(atPath: root) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasSuffix(".git") && !$0.hasPrefix(".") }.sorted()
    }
}
