import Files
import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

/// A new repo in a folder of its own, and stock Git to look at it with.
final class RepositoryFixture: Sendable {
    let folder: TemporaryFolder
    let repository: GitRepository
    let files = OpenFiles()

    init() throws {
        folder = try TemporaryFolder()
        repository = try GitRepository.create(at: "\(folder.path)/data.git", title: "data", files: files)
    }

    var path: String { repository.path }

    /// Another view of the same repo, as a new process would have it.
    func reopened() throws -> GitRepository {
        try GitRepository(opening: path, files: OpenFiles())
    }

    /// A batch whose packs are small enough for a test.
    func makeBatch(packByteCount: Int, openPackCountMax: Int) -> ObjectBatch {
        ObjectBatch(
            repository: repository, base: repository.objects, packByteCount: packByteCount, openPackCountMax: openPackCountMax)
    }

    /// Runs stock Git on the repo, away from any user's settings.
    @discardableResult
    func git(_ arguments: String..., input: String = "") throws -> String {
        try run("git", ["--git-dir", path] + arguments, input: input).successful().text
    }

    /// Runs a program in the fixture's folder.
    func run(_ program: String, _ arguments: [String], input: String = "") throws -> ProgramOutcome {
        let environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org", "LC_ALL": "C",
        ]
        return try runProgram([program] + arguments, in: folder.path, environment: environment, input: Array(input.utf8))
    }

    /// The names of all packs in the repo's folder.
    func packNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects/pack").filter { $0.hasSuffix(".pack") }.sorted()
    }

    /// Writes a file, `age` seconds ago. `name` is relative to the repo.
    func createFile(_ name: String, age: Double = 0) throws {
        try Data([0]).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: "\(path)/\(name)")
    }

    /// How many bytes each pack has.
    func sizes(of packs: [PackName]) throws -> [Int] {
        try packs.compactMap { try Folder.status(of: "\(path)/objects/pack/\($0).pack")?.byteCount }
    }

    /// Everything in the folder of packs.
    func packFolder() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/objects/pack").sorted()
    }

    /// A pack with these blobs, durable and named.
    @discardableResult
    func pack(_ blobs: [[UInt8]]) throws -> [ObjectID] {
        let landed = blobs.map { landedObject(.blob, $0) }
        try repository.publish(landed)
        return landed.map(\.id)
    }

    /// A new repo in which stock Git has put these blobs into one pack, with deltas among them.
    static func packedByGit(_ blobs: [[UInt8]], _ options: [String] = []) throws -> (fixture: RepositoryFixture, ids: [ObjectID]) {
        let source = try RepositoryFixture()
        let ids = try source.pack(blobs)
        let fixture = try RepositoryFixture()
        let packed = try source.run(
            "git", ["--git-dir", source.path, "pack-objects", "-q", "--no-reuse-delta", "\(fixture.path)/objects/pack/pack"] + options,
            input: ids.map { "\($0)\n" }.joined())
        #expect(packed.code == 0)
        #expect(try fixture.git("verify-pack", "-v", fixture.onlyFile(".idx")).contains("chain length"))
        return (fixture, ids)
    }

    /// A commit with one file for each of `texts`, published; not yet named by a ref.
    func commit(_ texts: [String], parent: ObjectID? = nil) throws -> ObjectID {
        var tree: [UInt8] = []
        var objects: [LandedObject] = []
        for (number, text) in texts.enumerated() {
            let blob = landedObject(.blob, Array(text.utf8))
            objects.append(blob)
            let digits = String(number)
            let name = String(repeating: "0", count: 6 - digits.count) + digits
            tree += Array("100644 \(name)\0".utf8) + blob.id.bytes
        }
        let root = landedObject(.tree, tree)
        let lines = [
            "tree \(root.id)", parent.map { "parent \($0)" }, "author a <a@example.org> 0 +0000", "committer a <a@example.org> 0 +0000", "",
            "message", "",
        ]
        let commit = landedObject(.commit, Array(lines.compactMap { $0 }.joined(separator: "\n").utf8))
        try repository.publish(objects + [root, commit])
        return commit.id
    }
}

func landedObject(_ kind: ObjectKind, _ bytes: [UInt8]) -> LandedObject {
    LandedObject(
        id: ObjectHash.id(of: kind, bytes), kind: kind, size: bytes.count,
        deflated: bytes.withUnsafeBytes { Deflater.deflate($0) })
}

extension SplitMix {
    /// Lines of numbers, which compress about as data files do.
    mutating func text(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Array("\(UInt32.random(in: 0..<100_000, using: &self)),".utf8) }
        return Array(bytes.prefix(count))
    }
}

/// The error that `body` throws.
func failure(_ body: () throws -> Void) -> PachError? {
    do {
        try body()
        return nil
    } catch {
        return error as? PachError
    }
}
