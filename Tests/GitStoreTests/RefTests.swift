import Foundation
@testable import GitStore
import Model
import Storage
import TestSupport
import Testing

@Suite("Refs")
struct RefTests {
    let fixture: RepositoryFixture
    let master = RefName(.master)

    init() throws {
        fixture = try RepositoryFixture()
    }

    private var repository: GitRepository { fixture.repository }

    @Test("a ref moves only from where it is expected")
    func compareAndSwap() throws {
        let first = try fixture.commit(["1"])
        let second = try fixture.commit(["2"], parent: first)
        #expect(try repository.target(of: master) == nil)
        #expect(failure { try repository.set(master, to: first, expecting: .object(second)) }?.code == .conflict)
        try repository.set(master, to: first, expecting: .absent)
        #expect(try fixture.git("rev-parse", "master") == "\(first)\n")
        #expect(failure { try repository.set(master, to: second, expecting: .absent) }?.code == .conflict)
        #expect(failure { try repository.set(master, to: second, expecting: .object(second)) }?.code == .conflict)
        try repository.set(master, to: second, expecting: .object(first))
        #expect(try repository.target(of: master) == second)
        try repository.set(master, to: first, expecting: .anything)
        #expect(try repository.target(of: master) == first)
        #expect(try fixture.git("fsck", "--strict").contains("error") == false)
    }

    @Test("invariant 2: a ref is not set to what does not exist")
    func missingTarget() throws {
        let id = try #require(ObjectID(hex: String(repeating: "12", count: 20)))
        #expect(failure { try repository.set(master, to: id, expecting: .anything) }?.code == .notFound)
        #expect(try repository.refs(below: "refs/").isEmpty)
    }

    @Test("a ref may name what a user's Git wrote loose")
    func looseTarget() throws {
        let loose = try #require(ObjectID(hex: fixture.git("hash-object", "-w", "--stdin", input: "x").prefix(40)))
        let name = try RefName("refs/pach/foreign/x")
        try repository.set(name, to: loose, expecting: .absent)
        #expect(try repository.target(of: name) == loose)
    }

    @Test("a ref can name what was published a moment ago, each time")
    func freshPacks() throws {
        var parent: ObjectID?
        for number in 0..<20 {
            let commit = try fixture.commit(["\(number)"], parent: parent)
            try repository.set(master, to: commit, expecting: parent.map { .object($0) } ?? .absent)
            if number % 9 == 8 { try repository.mergePacks() }
            parent = commit
        }
        #expect(try fixture.git("rev-list", "--count", "master") == "20\n")
        #expect(try fixture.git("fsck", "--strict") == "")
    }

    @Test("packed refs are read, moved and deleted like loose ones")
    func packedRefs() throws {
        let first = try fixture.commit(["1"])
        let second = try fixture.commit(["2"])
        let hidden = try RefName("refs/pach/failed/abc")
        for name in [master, hidden] { try repository.set(name, to: first, expecting: .absent) }
        try fixture.git("pack-refs", "--all")
        #expect(FileManager.default.fileExists(atPath: "\(fixture.path)/refs/heads/master") == false)
        #expect(try repository.target(of: master) == first)
        #expect(failure { try repository.set(master, to: second, expecting: .object(second)) }?.code == .conflict)
        try repository.set(master, to: second, expecting: .object(first))
        #expect(try repository.refs(below: "refs/") == [.init(name: master, id: second), .init(name: hidden, id: first)])
        #expect(try repository.refs(below: "refs/heads/") == [.init(name: master, id: second)])
        #expect(failure { try repository.delete(hidden, expecting: .object(second)) }?.code == .conflict)
        try repository.delete(hidden, expecting: .object(first))
        #expect(try fixture.git("for-each-ref", "--format=%(refname)") == "refs/heads/master\n")
    }

    @Test("deleting what is not there is no failure unless it was expected")
    func deletion() throws {
        let commit = try fixture.commit(["1"])
        try repository.delete(master, expecting: .anything)
        try repository.delete(master, expecting: .absent)
        #expect(failure { try repository.delete(master, expecting: .object(commit)) }?.code == .conflict)
        try repository.set(master, to: commit, expecting: .absent)
        #expect(failure { try repository.delete(master, expecting: .absent) }?.code == .conflict)
        try repository.delete(master, expecting: .anything)
        #expect(try repository.target(of: master) == nil)
    }

    @Test("a lock is respected while it may be held, and removed when a crash left it")
    func locks() throws {
        let commit = try fixture.commit(["1"])
        try fixture.createFile("refs/heads/master.lock")
        #expect(failure { try repository.set(master, to: commit, expecting: .absent) }?.code == .locked)
        try fixture.createFile("refs/heads/master.lock", age: 600)
        try repository.set(master, to: commit, expecting: .absent)
        #expect(try repository.target(of: master) == commit)
    }

    @Test("a ref that another program has locked is no failure of the disk, whatever the repo is called")
    func lockedInFsync() throws {
        let failures = Counter()
        let files = OpenFiles(onSyncFailure: { _ in _ = failures.next("sync") })
        let repository = try GitRepository.create(at: "\(fixture.folder.path)/fsync.git", title: "fsync", files: files)
        let object = landedObject(.blob, [1])
        try repository.publish([object])
        try Data().write(to: URL(fileURLWithPath: "\(repository.path)/refs/heads/master.lock"))
        let error = failure { try repository.set(master, to: object.id, expecting: .absent) }
        #expect(error?.code == .locked && error?.cause?.contains("fsync") == true)
        #expect(failures.count("sync") == 0)
    }

    @Test(
        "a sync that failed in libgit2 is told from what else it says",
        arguments: [
            ("failed to fsync '/x/refs/heads/master.lock': Input/output error", true), ("could not fsync '/x': Input/output error", true),
            ("failed to fsync directory '/x': Input/output error", true),
            ("failed to open directory '/x' for fsync: Too many open files", false),
            ("failed to lock file '/fsync.git/refs/heads/master.lock' for writing: ", false),
        ])
    func failedSync(_ cause: String, _ isFailedSync: Bool) {
        #expect(GitError.isFailedSync(PachError(.io, "", cause: cause)) == isFailedSync)
    }

    @Test("changes by a user's Git are seen")
    func foreignChanges() throws {
        let first = try fixture.commit(["1"])
        let second = try fixture.commit(["2"])
        try repository.set(master, to: first, expecting: .absent)
        try fixture.git("update-ref", "refs/heads/master", "\(second)")
        #expect(try repository.target(of: master) == second)
        try fixture.git("update-ref", "-d", "refs/heads/master")
        #expect(try repository.target(of: master) == nil)
    }

    @Test(
        "names that Git refuses are refused",
        arguments: ["master", "refs/heads/a..b", "refs/heads/", "refs/heads/a.lock", "refs/heads/ ", ""])
    func names(_ text: String) {
        #expect(failure { _ = try RefName(text) }?.code == .invalidArgument)
    }

    @Test("one handle serves many threads")
    func concurrency() async throws {
        let commits = try (0..<8).map { try fixture.commit(["\($0)"]) }
        await withTaskGroup(of: Void.self) { group in
            for (number, commit) in commits.enumerated() {
                group.addTask { [repository] in
                    for _ in 0..<20 {
                        #expect(throws: Never.self) {
                            let name = try RefName("refs/heads/b\(number)")
                            try repository.set(name, to: commit, expecting: .anything)
                            let target = try repository.target(of: name)
                            #expect(target == commit)
                            try repository.delete(name, expecting: .object(commit))
                        }
                    }
                }
            }
        }
        #expect(try repository.refs(below: "refs/").isEmpty)
    }
}
