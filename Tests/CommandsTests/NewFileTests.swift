import Foundation
import Model
import Operations
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite("Files and folders that are made")
struct NewFileTests {
    private func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    private func permissions(_ path: String) throws -> mode_t { try status(path).st_mode & 0o777 }

    @Test(
        "who may read a file that is replaced may read the new one, and nobody else, also while it is written", arguments: [0o600, 0o755])
    func replacedFile(_ mode: mode_t) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("before", to: "key")
        try #require(chmod(path, mode) == 0)
        let content = ByteStream {
            let pieces = Mutex([Array("after".utf8)])
            return {
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                    #expect(try permissions("\(folder.path)/\(name)") == mode)
                }
                return pieces.withLock { $0.popLast() }
            }
        }
        try await writeFile(path, content) { _ in }
        #expect(try folder.read("key") == "after")
        #expect(try permissions(path) == mode)
    }

    @Test("a file that is replaced keeps its group, which its permissions are for", .enabled(if: geteuid() == 0))
    func replacedGroup() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("before", to: "key")
        let group = try status(path).st_gid + 1
        try #require(chown(path, uid_t.max, group) == 0 && chmod(path, 0o640) == 0)
        try writeFile(path, Array("after".utf8))
        #expect(try folder.read("key") == "after")
        #expect(try status(path).st_gid == group)
        #expect(try permissions(path) == 0o640)
    }

    @Test("a folder without a name, as that of a current folder that was removed, is told and not looked for without end")
    func namelessFolder() {
        #expect(throws: PachError.self) { try makeFolders("") }
    }
}
