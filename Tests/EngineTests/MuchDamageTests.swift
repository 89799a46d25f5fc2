import Engine
import Foundation
import Model
import Operations
import TestSupport
import Testing

@Suite("Damage to many objects of an output")
struct MuchDamageTests {
    @Test("the newest is made again, whichever of them it has")
    func newest() async throws {
        try await TestEngine.with { test in
            let (input, output) = (try RepoName("in"), try RepoName("copy"))
            try await test.engine.createRepo(input, description: "", update: false)
            try await test.engine.createPipeline("copy", reading: ["in"], #"cp "$in" "$out/""#)
            let paths = try (0..<40).map { try FilePath("/f\($0)") }
            let files = paths.enumerated().map { ($1, Array("content of \($0)".utf8)) }
            _ = try await test.engine.put(files, in: CommitReference("in@master"))
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.fsck(publish: true, fix: false)
            // Damage is told in the order of ids; the newest output has the last one alone.
            let blobs = try test.git(output).run("ls-tree", "master").split(separator: "\n").filter { $0.contains("\tf") }
                .map { line in (id: line.split(separator: " ")[2].prefix(40), name: line.split(separator: "\t")[1]) }
            let last = try #require(blobs.max { $0.id < $1.id })
            let open = try await test.engine.startCommit(Branch(repo: input), parent: nil, description: "").commit.id
            for path in paths where path.description != "/\(last.name)" {
                _ = try await test.engine.deleteFile(
                    FileReference(commit: CommitReference("in@master"), path: path), recursive: false)
            }
            _ = try await test.engine.finishCommit(CommitReference("in@\(open)"), description: nil)
            _ = try await test.engine.run { _ in }
            _ = try await test.engine.fsck(publish: true, fix: false)
            #expect(try await test.engine.files(of: CommitReference("copy@master")).count == 1)
            let entries = try test.packEntries(of: output).filter { entry in blobs.contains { $0.id == entry.id } }
            #expect(entries.count == 40)
            for entry in entries { try entry.damage(in: test) }
            try await test.reopen()

            _ = try await test.engine.fsck(publish: true, fix: true)
            #expect(try await test.engine.run { _ in }.map(\.state) == [.success])
            #expect(try await test.engine.files(of: CommitReference("copy@master")).count == 1)
        }
    }
}
