import Foundation
import GitStore
import Model
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

    @Test("the names of refs are those that Git allows below refs/")
    func names() throws {
        let parts = [
            "refs", "heads", "a", "é", "a.b", "a.lock", ".lock", "lock", "@", "@{", "{", "..", ".", "a.", ".a", "-", "a b", " ", "", "~",
            "^", ":",
            "?", "*", "[", "]", "\\", "\u{7F}", "\t", "a..b", "a.lock.b", "a@", "a@{b",
        ]
        let texts =
            parts + parts.flatMap { ["refs/\($0)", "refs/heads/\($0)", "refs/\($0)/x"] } + ["refs/heads/x/", "/refs/heads/x", "refs//x"]
        for text in texts {
            let isGits = try fixture.run("git", ["check-ref-format", text]).status == 0
            let isOurs = failure { _ = try RefName(text) } == nil
            #expect(isOurs == (isGits && text.hasPrefix("refs/")), "\(text)")
        }
    }

    @Test("no ref's name is a folder of another's, loose or packed; empty folders make room")
    func folders() throws {
        let commit = try fixture.commit(["1"])
        let above = try RefName("refs/heads/a")
        let below = try RefName("refs/heads/a/b/c")
        for (first, second) in [(above, below), (below, above)] {
            for isPacked in [false, true] {
                try repository.set(first, to: commit, expecting: .absent)
                if isPacked { try fixture.git("pack-refs", "--all") }
                #expect(failure { try repository.set(second, to: commit, expecting: .anything) }?.code == .conflict)
                try repository.delete(first, expecting: .object(commit))
            }
            try repository.set(second, to: commit, expecting: .absent)
            #expect(try fixture.git("for-each-ref", "--format=%(refname)") == "\(second)\n")
            try repository.delete(second, expecting: .anything)
        }
    }

    @Test("a packed ref goes for good, with all that is said of it; others stay as they are")
    func unpacking() throws {
        let commit = try fixture.commit(["1"])
        for name in ["refs/heads/a", "refs/heads/b"] { try repository.set(RefName(name), to: commit, expecting: .absent) }
        for name in ["t", "u"] { try fixture.git("tag", "-a", "-m", name, name, "a") }
        try fixture.git("pack-refs", "--all")
        let lines = try fixture.text(of: "packed-refs").split(separator: "\n")
        #expect(lines.count == 7)
        try repository.delete(RefName("refs/tags/t"), expecting: .anything)
        #expect(try fixture.text(of: "packed-refs").split(separator: "\n") == Array(lines[..<3]) + Array(lines[5...]))
        #expect(try fixture.git("rev-parse", "u^{}") == "\(commit)\n")
        // Loose as well: what is packed must not come back.
        let second = try fixture.commit(["2"], parent: commit)
        try repository.set(RefName("refs/heads/a"), to: second, expecting: .object(commit))
        try repository.delete(RefName("refs/heads/a"), expecting: .object(second))
        #expect(try repository.target(of: RefName("refs/heads/a")) == nil)
        #expect(try fixture.git("for-each-ref", "--format=%(refname)") == "refs/heads/b\nrefs/tags/u\n")
        try fixture.createFile("packed-refs.lock")
        #expect(failure { try repository.delete(RefName("refs/heads/b"), expecting: .anything) }?.code == .locked)
        #expect(try repository.target(of: RefName("refs/heads/b")) == commit)
        #expect(!FileManager.default.fileExists(atPath: "\(fixture.path)/refs/heads/b.lock"))
    }

    @Test("a ref that names another is followed, and set like any other")
    func symbolic() throws {
        let first = try fixture.commit(["1"])
        let second = try fixture.commit(["2"])
        let alias = try RefName("refs/heads/alias")
        try fixture.git("symbolic-ref", "\(alias)", "refs/heads/master")
        #expect(try repository.target(of: alias) == nil)
        try repository.set(master, to: first, expecting: .absent)
        #expect(try repository.target(of: alias) == first)
        #expect(try repository.refs(below: "refs/").map(\.name) == [master])
        try repository.set(alias, to: second, expecting: .object(first))
        #expect(try fixture.git("rev-parse", "alias", "master") == "\(second)\n\(first)\n")
        try Data("ref: \(alias)\n".utf8).write(to: URL(fileURLWithPath: "\(fixture.path)/\(alias)"))
        #expect(failure { _ = try repository.target(of: alias) }?.code == .corrupt)
    }

    @Test("a damaged ref is told, and put right by whoever expects nothing of it")
    func damage() throws {
        let commit = try fixture.commit(["1"])
        for text in ["", "12\n", "\(commit)", "\(commit)x\n", "ref: ../../x\n"] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(fixture.path)/\(master)"))
            #expect(failure { _ = try repository.target(of: master) }?.code == .corrupt, "\(text)")
            #expect(failure { _ = try repository.refs(below: "refs/") }?.code == .corrupt, "\(text)")
            #expect(failure { try repository.set(master, to: commit, expecting: .absent) }?.code == .corrupt, "\(text)")
            #expect(try repository.readableRefs().damaged == ["\(master)"], "\(text)")
            try repository.set(master, to: commit, expecting: .anything)
            #expect(try repository.target(of: master) == commit)
        }
    }

    @Test("threads change refs at once")
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
