import Foundation
@testable import GitStore
import Model
import Testing

@Suite("Git's config files")
struct GitConfigTests {
    /// As Git reads them: what `git config --list -z` says, the last of each name.
    private func asGit(_ text: String, _ folder: TemporaryFolder, _ fixture: RepositoryFixture) throws -> [String: String]? {
        let path = "\(folder.path)/config"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let result = try fixture.run("git", ["config", "--file", path, "--list", "-z"])
        guard result.status == 0 else { return nil }
        var values: [String: String] = [:]
        for entry in result.output.split(separator: "\0") {
            let parts = entry.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = parts.count > 1 ? String(parts[1]) : "true"
        }
        return values
    }

    @Test("values are those that Git reads, and what Git refuses is refused")
    func values() throws {
        let fixture = try RepositoryFixture()
        let folder = try TemporaryFolder()
        let texts = [
            GitRepository.config(.current),
            "", "\n\n", "# a\n; b", "[a]", "[A]\nB=c", "[a]b=1\nb = 2", "[a] b = c d  # e", "[a]\n\tb = \" x # y \" ; z\n", "[a]\nb",
            "[a]\nb # c",
            "[a]\nb =", "[a]\nb = \"\"", "[a \"B.c\"]\nd = e", "[a \"q\\\"r\\\\s\\t\"]\nd=e", "[a.B]\nc=d", "[a]\nb = c\\\n  d\n",
            "[a]\nb = \\t\\n\\\"\\\\x",
            "[a]\r\nb = c\r\n", "[a-1]\nb-2 = 3", "[a]\nb = c  d\t\n", "[a]\nb = \"c\" d \"e\"  ",
            "b = c", "[a", "[a \"b]\nc=d", "[a]\n= c", "[a]\nb c", "[a]\nb = \"c", "[a]\nb = \\q", "[]\na=b", "[a b]\nc=d", "[a]\nb*=c",
            "[a]\n1b = c", "[a]\n-b = c", "[1a]\nb = c", "[a]\nB2-c=d",
        ]
        for text in texts {
            let expected = try asGit(text, folder, fixture)
            #expect((try? GitConfig(parsing: Array(text.utf8)))?.values == expected, "\(text.debugDescription)")
        }
    }

    @Test(
        "a repository with an extension of Git's that we do not know is refused",
        arguments: ["refStorage", "objectFormat", "worktreeConfig"])
    func extensions(_ name: String) throws {
        let fixture = try RepositoryFixture()
        let path = "\(fixture.path)/config"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "[extensions]\n\t\(name) = x\n").write(toFile: path, atomically: true, encoding: .utf8)
        #expect(failure { _ = try fixture.reopened() }?.code == .notSupported)
    }
}
