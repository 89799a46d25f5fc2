import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Repositories on disk")
struct RepositoryTests {
    @Test("a new repo is a sound bare Git repository that knows its format")
    func creation() throws {
        let fixture = try RepositoryFixture()
        #expect(try fixture.git("fsck", "--strict") == "")
        #expect(try fixture.git("rev-parse", "--is-bare-repository") == "true\n")
        #expect(try fixture.git("symbolic-ref", "HEAD") == "refs/heads/master\n")
        #expect(try fixture.git("config", "extensions.preciousObjects") == "true\n")
        #expect(try fixture.git("config", "pach.chunker") == "fastcdc-1\n")
        #expect(try fixture.reopened().format == .current)
        #expect(try String(contentsOfFile: "\(fixture.path)/description", encoding: .utf8) == "data\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == ["data.git"])
    }

    @Test("a repo is created once")
    func creationTwice() throws {
        let fixture = try RepositoryFixture()
        let error = failure { _ = try GitRepository.create(at: fixture.path, title: "", files: fixture.files) }
        #expect(error?.code == .alreadyExists)
    }

    @Test("what is no repository is refused")
    func opening() throws {
        let folder = try TemporaryFolder()
        #expect(failure { _ = try GitRepository(opening: "\(folder.path)/none.git", files: OpenFiles()) }?.code == .notFound)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/empty.git", withIntermediateDirectories: true)
        #expect(failure { _ = try GitRepository(opening: "\(folder.path)/empty.git", files: OpenFiles()) }?.code == .notFound)
    }

    @Test("a repository without a format of ours is refused")
    func foreignRepository() throws {
        let fixture = try RepositoryFixture()
        try fixture.git("config", "--unset", "pach.chunker")
        #expect(failure { _ = try fixture.reopened() }?.code == .corrupt)
    }

    @Test(
        "a config that includes a pipe is refused, and the pipe named",
        arguments: [
            "[include]\n\tpath = pipe\n", "[include] Path=\"pipe\" ; why\n", "[include]\n\tpath = pi\\\npe\n", "[include]\n\tpath = more\n",
            "[includeIf \"hasconfig:a=b\"] path = pipe\n",
        ])
    func includedPipe(lines: String) throws {
        let fixture = try RepositoryFixture()
        try fixture.append("[include]\n\tpath = ../data.git/more\n\tpath = pipe\n", to: "more")
        try fixture.append(lines, to: "config")
        #expect(mkfifo("\(fixture.path)/pipe", 0o600) == 0)
        let error = failure { _ = try fixture.reopened() }
        #expect(error?.code == .inaccessible)
        #expect(error?.cause?.contains("/pipe'") == true)
    }

    @Test("a config may include files, folders, and what is not there")
    func includes() throws {
        let fixture = try RepositoryFixture()
        try fixture.git("config", "--unset", "pach.format")
        try fixture.append("[pach]\n\tformat = 2\n", to: "more # less")
        #expect(mkfifo("\(fixture.path)/pipe", 0o600) == 0)
        try fixture.append("[include]\n\t# path = pipe\n\tpath = none\n\tpath = refs\n\tpath = \"more # less\"\n", to: "config")
        #expect(try fixture.reopened().format.version == 2)
    }

    @Test("a newer format is read, not written")
    func newerFormat() throws {
        let fixture = try RepositoryFixture()
        let ids = try fixture.pack([Array("old".utf8)])
        try fixture.git("config", "pach.format", "2")
        let repository = try fixture.reopened()
        #expect(repository.format.version == 2)
        #expect(try repository.objects.read(ids[0]).bytes == Array("old".utf8))
        #expect(failure { _ = try repository.makeBatch() }?.code == .notSupported)
        #expect(failure { try repository.publish([landedObject(.blob, [1])]) }?.code == .notSupported)
        #expect(failure { try repository.mergePacks() }?.code == .notSupported)
    }

    @Test("a push is refused, and says what to use")
    func push() throws {
        let fixture = try RepositoryFixture()
        let work = "\(fixture.folder.path)/work"
        for arguments in [["init", "-q", work], ["-C", work, "commit", "-q", "--allow-empty", "-m", "x"]] {
            #expect(try fixture.run("git", arguments).code == 0)
        }
        let push = try fixture.run("git", ["-C", work, "push", fixture.path, "HEAD:refs/heads/master"])
        #expect(push.code != 0)
        #expect(push.error.contains("pach put file"))
        #expect(try fixture.repository.refs(below: "refs/").isEmpty)
    }

    @Test("a removed repo is gone, and half-made ones are found")
    func removal() throws {
        let fixture = try RepositoryFixture()
        try fixture.pack([[1, 2, 3]])
        try GitRepository.remove(at: fixture.path, files: fixture.files)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == [])
        try FileManager.default.createDirectory(atPath: "\(fixture.folder.path)/.tmp_pach_x/refs", withIntermediateDirectories: true)
        let kept = "\(fixture.folder.path)/elsewhere/kept"
        try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(fixture.folder.path)/.tmp_pach_link", withDestinationPath: "\(fixture.folder.path)/elsewhere")
        try Data().write(to: URL(fileURLWithPath: "\(fixture.folder.path)/.tmp_pach_file"))
        #expect(try GitRepository.removeLeftovers(in: fixture.folder.path).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path) == ["elsewhere"])
        #expect(FileManager.default.fileExists(atPath: kept))
    }

    @Test("what a crashed writer left is removed, and nothing else")
    func leftovers() throws {
        let fixture = try RepositoryFixture()
        let ids = try fixture.pack([[1, 2, 3]])
        let packs = try fixture.packFolder()
        let gone = "objects/pack/pack-\(ids[0]).idx"
        for name in ["objects/pack/tmp_pach_1.pack", "objects/pack/tmp_pach_1.idx", gone, "packed-refs.lock"] {
            try fixture.createFile(name)
        }
        // Only the owner changes refs, so a lock that stands when it opens the root is a crash's, however young.
        try fixture.createFile("refs/heads/master.lock")

        let removed = try fixture.reopened().removeLeftovers()
        #expect(Set(removed) == ["objects/pack/tmp_pach_1.pack", "objects/pack/tmp_pach_1.idx", gone, "refs/heads/master.lock"])
        #expect(try fixture.packFolder() == packs)
        #expect(FileManager.default.fileExists(atPath: "\(fixture.path)/packed-refs.lock"))
    }

    @Test("a file that could not be replaced leaves nothing behind", arguments: ["write", "sync", "rename"])
    func failedReplacement(_ failing: String) throws {
        let fixture = try RepositoryFixture()
        let commit = try fixture.commit(["1"])
        let fault = FaultTests.Fault(
            sync: failing == "sync" ? 1 : .max, write: failing == "write" ? 1 : .max, rename: failing == "rename" ? 1 : .max)
        let repository = try GitRepository(opening: fixture.path, files: OpenFiles(), calls: fault.calls)
        let before = try FileManager.default.contentsOfDirectory(atPath: fixture.path).sorted()
        #expect(failure { try repository.setShallow([commit]) } != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.path).sorted() == before)
    }

    @Test("a pack that lost its index gets the same one back; one that is damaged too is left as it is")
    func lostIndex() throws {
        let fixture = try RepositoryFixture()
        let ids = try fixture.pack([[1, 2, 3], Array(repeating: 7, count: 100_000), []])
        let path = try fixture.onlyFile(".idx")
        let index = try Data(contentsOf: URL(fileURLWithPath: path))
        try FileManager.default.removeItem(atPath: path)
        try fixture.createFile("objects/pack/pack-\(ids[0]).pack")

        let reopened = try fixture.reopened()
        try reopened.removeLeftovers()
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == index)
        for id in ids { _ = try reopened.objects.read(id) }
        #expect(try reopened.verify().map(\.file) == ["objects/pack/pack-\(ids[0]).pack"])
    }
}

extension RepositoryFixture {
    /// Writes lines to the end of one of the repo's files, which may be new.
    fileprivate func append(_ lines: String, to name: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(name)")
        let before = FileManager.default.fileExists(atPath: file.path) ? try Data(contentsOf: file) : Data()
        try (before + Data(lines.utf8)).write(to: file)
    }
}
