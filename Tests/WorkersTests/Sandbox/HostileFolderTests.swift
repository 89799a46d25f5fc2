import Foundation
import Glibc
import Testing

@testable import Workers

@Suite struct HostileFolderTests {
    /// Calls `body` with a folder to fill, and a file beside it that must survive.
    private func inFolder(_ body: (_ folder: String, _ outside: String) throws -> Void) throws {
        let base = SandboxFixture.newFolder()
        defer { try? FileManager.default.removeItem(atPath: base) }
        let folder = base + "/folder"
        let outside = base + "/outside"
        mkdir(folder, 0o755)
        mkdir(outside, 0o755)
        try write("precious", to: outside + "/file", mode: 0o444)
        try body(folder, outside)
        #expect(SandboxFixture.text(of: outside + "/file") == "precious")
        #expect((try? FileManager.default.attributesOfItem(atPath: outside + "/file")[.posixPermissions] as? Int) == 0o444)
    }

    private func entries(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    @Test func everyKindOfEntryGoes() throws {
        try inFolder { folder, outside in
            symlink(outside, folder + "/link")
            symlink(outside + "/file", folder + "/file-link")
            symlink("loop", folder + "/loop")
            link(outside + "/file", folder + "/hard")
            mkfifo(folder + "/pipe", 0o600)
            mkdir(folder + "/a", 0o700)
            mkdir(folder + "/a/b", 0o000)
            symlink("../../../outside", folder + "/a/up")
            try write("", to: folder + "/a/\u{1}\n\u{7f} ")
            close(open(folder + "/a/" + String(repeating: "n", count: 255), O_CREAT | O_WRONLY, 0o600))
            chmod(folder + "/a", 0o000)
            chmod(folder, 0o000)
            try HostileFolder.empty(folder, mode: 0o750)
            #expect(try entries(folder) == [])
            #expect((try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int) == 0o750)
            #expect(try entries(outside) == ["file"])
        }
    }

    @Test func theFolderItselfStays() throws {
        try inFolder { folder, _ in
            func number() throws -> Int? { try FileManager.default.attributesOfItem(atPath: folder)[.systemFileNumber] as? Int }
            let before = try number()
            mkdir(folder + "/x", 0o700)
            try HostileFolder.empty(folder, mode: 0o755)
            #expect(try number() == before)
        }
    }

    @Test func aLinkIsNotEmptied() throws {
        try inFolder { folder, outside in
            symlink(outside, folder + "/link")
            #expect(throws: SandboxError.self) { try HostileFolder.empty(folder + "/link", mode: 0o700) }
            #expect(throws: SandboxError.self) { try HostileFolder.empty(folder + "/missing", mode: 0o700) }
            #expect(throws: SandboxError.self) { try HostileFolder.empty(outside + "/file", mode: 0o700) }
        }
    }

    /// Deeper than any path can name or any process can have open, with names that the emptying itself would use.
    @Test func depthDoesNotMatter() throws {
        try inFolder { folder, _ in
            mkdir(folder + "/.deep-0", 0o700)
            mkdir(folder + "/.deep-0/full", 0o700)
            try write("", to: folder + "/.deep-1")
            var level = open(folder, O_RDONLY | O_DIRECTORY)
            for depth in 0..<5000 {
                #expect(mkdirat(level, "d", 0o700) == 0)
                #expect(mkdirat(level, "e", 0o500) == 0)
                let next = openat(level, "d", O_RDONLY | O_DIRECTORY)
                if depth % 7 == 0 { fchmod(level, 0o500) }
                if depth % 11 == 0 { close(openat(level, "f", O_CREAT | O_WRONLY, 0o600)) }
                close(level)
                level = next
            }
            close(level)
            try HostileFolder.empty(folder, mode: 0o755)
            #expect(try entries(folder) == [])
        }
    }

    @Test func manyEntriesGo() throws {
        try inFolder { folder, _ in
            for number in 0..<20_000 {
                close(open("\(folder)/\(number)", O_CREAT | O_WRONLY, 0o600))
            }
            try HostileFolder.empty(folder, mode: 0o755)
            #expect(try entries(folder) == [])
        }
    }

    @Test func attributesGo() throws {
        typealias Set = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer?, Int, Int32) -> Int32
        typealias Get = @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
        // The functions of xattr(7), which the Glibc module does not have.
        let set = unsafeBitCast(try #require(dlsym(nil, "setxattr")), to: Set.self)
        let get = unsafeBitCast(try #require(dlsym(nil, "getxattr")), to: Get.self)
        try inFolder { folder, _ in
            // Not every file system has them.
            guard set(folder, "user.note", "for the next", 12, 0) == 0 else { return }
            try HostileFolder.empty(folder, mode: 0o755)
            #expect(get(folder, "user.note", nil, 0) == -1)
        }
    }
}
