import Foundation
@testable import GitStore
import Model
import TestSupport
import Testing

@Suite("Files far larger than they should be")
struct HugeFileTests {
    let fixture: RepositoryFixture
    let commit: ObjectID

    init() throws {
        fixture = try RepositoryFixture()
        commit = try fixture.commit(["1"])
        try fixture.repository.set(RefName(.master), to: commit, expecting: .absent)
    }

    /// Makes a file a tebibyte long, which takes no room on the disk.
    private func stretch(_ name: String) throws {
        #expect(truncate("\(fixture.path)/\(name)", 1 << 40) == 0)
    }

    @Test("a ref that large is damaged, and so are packed refs; others are found")
    func refs() throws {
        for name in ["refs/heads/x", "packed-refs"] {
            try fixture.createFile(name)
            try stretch(name)
        }
        let found = try fixture.repository.foundRefs()
        #expect(found.damaged == ["packed-refs", "refs/heads/x"])
        #expect(found.refs == [RefTarget(name: RefName(.master), id: commit)])
        try fixture.repository.rewritePackedRefs()
        try fixture.repository.removeRefFile("refs/heads/x")
        #expect(try fixture.repository.foundRefs().damaged == [])
        #expect(try fixture.git("rev-parse", "master") == "\(commit)\n")
    }

    @Test("a config, HEAD or hook that large is named in an error, and written anew", arguments: ["config", "HEAD", "hooks/pre-receive"])
    func layout(_ name: String) throws {
        try stretch(name)
        let error = failure { _ = try fixture.reopened().headBranch() }
        #expect(error?.code == (name.hasPrefix("hooks/") ? nil : .tooLarge))
        #expect(error?.message.contains("/\(name)'") != false)
        #expect(try GitRepository.restoreLayout(at: fixture.path, files: OpenFiles()).count == 1)
        #expect(try fixture.reopened().verify() == [])
    }

    @Test("a list of boundaries that large is not read, and is replaced by the next")
    func shallow() throws {
        try fixture.repository.setShallow([commit])
        try stretch("shallow")
        #expect(failure { _ = try fixture.repository.shallow() }?.code == .tooLarge)
        try fixture.repository.setShallow([commit])
        #expect(try fixture.repository.shallow() == [commit])
    }
}
