import Foundation
import Model
import TestSupport
import Testing

@testable import Storage

/// What stock Git makes of the stored form (invariant 5).
@Suite struct StockGitTests {
    let objects = InMemoryStore()

    private func commit(_ files: [FilePath: [UInt8]]) throws -> ObjectID {
        let editor = TreeEditor()
        for (path, bytes) in files { try editor.put(store(bytes, in: objects), at: path) }
        return try editor.apply(to: nil, reader: objects, writer: objects).root
    }

    @Test("Git checks, lists and clones files of every name")
    func names() async throws {
        var files: [FilePath: [UInt8]] = [:]
        // Content that Git would complain of if it took the file for its own.
        let offending =
            Array("[submodule \"x\"]\n\tpath = -x\n\turl = -u./evil\n".utf8) + Array((String(repeating: "a", count: 3000) + "\n").utf8)
        for text in reservedNames + ordinaryNames {
            files[FilePath([try fileName(text)])] = offending
            files[FilePath([try fileName("folder"), try fileName(text), try fileName(text)])] = offending
        }
        let root = try commit(files)
        try await withTemporaryFolder { folder in
            let git = try GitProgram(objects, root: root, at: folder + "/repo.git")
            #expect(try git.run("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "fsck", "--strict", "--no-dangling") == "")
            let listed = try git.run("ls-tree", "-r", "-z", "--name-only", "master").utf8.split(separator: 0)
            #expect(listed.count == files.count + 1)
            _ = try git.run(
                "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "clone", "--quiet", folder + "/repo.git", folder + "/clone")
            let clone = try GitProgram(repository: folder + "/clone")
            #expect(try clone.run("status", "--porcelain") == "")
            for path in files.keys {
                var stored = folder + "/clone"
                for name in path.components { stored += "/" + String(decoding: StoredName.encodeUnbounded(name), as: UTF8.self) }
                #expect(try Array(Data(contentsOf: URL(filePath: stored))) == offending, "\(path)")
            }
        }
    }

    @Test("a clone has the files' bytes, whatever Git is told to convert")
    func conversions() async throws {
        let bytes = Array("unix\ndos\r\n$Id$ $Format:%H$ caf\u{e9}\n".utf8)
        let paths = ["a.txt", "d/b.txt", ".gitattributes", "d/.gitattributes"]
        let evil = Array("* text eol=crlf ident\n".utf8)
        let root = try commit(Dictionary(uniqueKeysWithValues: paths.map { (try filePath($0), $0.hasSuffix("txt") ? bytes : evil) }))
        try await withTemporaryFolder { folder in
            _ = try GitProgram(objects, root: root, at: folder + "/repo.git")
            let attributes = folder + "/attributes"
            try "* text=auto eol=crlf ident working-tree-encoding=UTF-16 filter=shout\n".write(
                toFile: attributes, atomically: true, encoding: .utf8)
            let git = try GitProgram(repository: folder)
            _ = try git.run(
                "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "-c", "core.attributesFile=\(attributes)", "-c",
                "filter.shout.smudge=tr a-z A-Z",
                "-c", "filter.shout.required=true", "clone", "--quiet", folder + "/repo.git", folder + "/clone")
            #expect(try Array(Data(contentsOf: URL(filePath: folder + "/clone/a.txt"))) == bytes)
            #expect(try Array(Data(contentsOf: URL(filePath: folder + "/clone/d/b.txt"))) == bytes)
            #expect(try Array(Data(contentsOf: URL(filePath: folder + "/clone/%2Egitattributes~pach.name"))) == evil)
            _ = try git.run("--git-dir", folder + "/repo.git", "archive", "-o", folder + "/archive.tar", "master")
            #expect(try shell("tar -xOf archive.tar a.txt", in: folder) == bytes)
        }
    }

    @Test("a large file comes out of a clone with find, sort and cat")
    func chunks() async throws {
        var generator = SplitMix(seed: 21)
        // This seed's chunks end a group, so that there are two levels.
        let bytes = generator.noise(26_000_000)
        #expect(try ChunkTree.read(store(bytes, in: objects).id, depth: 0, from: objects).map(\.isGroup) == [true, true])
        let small = generator.noise(2_000_000)
        let root = try commit([try filePath("d/big.bin"): bytes, try filePath("small.bin"): small])
        try await withTemporaryFolder { folder in
            let git = try GitProgram(objects, root: root, at: folder + "/repo.git")
            #expect(try git.run("fsck", "--strict", "--no-dangling") == "")
            _ = try git.run("clone", "--quiet", folder + "/repo.git", folder + "/clone")
            for (file, expected) in [("clone/d/big.bin", bytes), ("clone/small.bin", small)] {
                let command = "find '\(file)~pach.chunks' -type f ! -name .gitattributes | LC_ALL=C sort | xargs cat"
                #expect(try shell(command, in: folder) == expected, "\(file)")
            }
        }
    }

    @Test("trees are those of git mktree")
    func trees() async throws {
        let blob = try objects.write(.blob, [1]),
            tree = try objects.write(.tree, Tree([TreeEntry(name: fileName("x"), kind: .file, id: blob)], isRoot: false).bytes)
        let texts = ["a", "a.b", "a-b", "a0", "ab", "A", "é", "z z", "-"]
        let entries = try texts.enumerated().map { index, text in
            TreeEntry(name: try fileName(text), kind: index % 2 == 0 ? .folder : .file, id: index % 2 == 0 ? tree : blob)
        }
        let expected = try objects.write(.tree, Tree(entries, isRoot: false).bytes)
        try await withTemporaryFolder { folder in
            _ = try GitProgram(objects, root: expected, at: folder + "/repo.git")
            let lines = entries.map { "\($0.kind == .folder ? "040000 tree" : "100644 blob") \($0.id)\t\($0.name)" }.joined(separator: "\n")
            try lines.write(toFile: folder + "/lines", atomically: true, encoding: .utf8)
            let made = try shell("git -C repo.git mktree < lines", in: folder)
            #expect(String(decoding: made, as: UTF8.self) == "\(expected)\n")
        }
    }
}
