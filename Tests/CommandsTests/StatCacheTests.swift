import Commands
import Foundation
import Model
import Operations
import TestSupport
import Testing

@Suite("put file -r, again")
struct StatCacheTests {
    /// A folder that is large enough to be remembered, and an engine that keeps what it is sent.
    private final class World {
        let folder: TemporaryFolder
        let engine = FakeEngine { $0.keeps = true }
        let environment: [String: String]

        init() throws {
            folder = try TemporaryFolder()
            environment = ["XDG_CACHE_HOME": "\(folder.path)/cache"]
            for number in 0..<300 { try write("content \(number)", "d\(number % 3)/f\(number)") }
            try letTimePass()
        }

        /// Until the kernel's clock has moved so far that changes from now on show.
        func letTimePass() throws {
            let begin = try changeTime(of: folder.write("", to: "clock"))
            while try changeTime(of: folder.write("", to: "clock")) < begin + 30_000_000 {}
        }

        func changeTime(of path: String) throws -> Int {
            var status = stat()
            try #require(stat(path, &status) == 0)
            return status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
        }

        func write(_ text: String, _ name: String) throws { try folder.write(text, to: "in/\(name)") }
        func path(_ name: String) -> String { "\(folder.path)/in/\(name)" }

        /// Puts the folder.
        /// - Parameter now: by default so late that all files are old.
        /// - Returns: the paths that are sent.
        func put(now: Timestamp = Timestamp(microseconds: Timestamp.now.microseconds + 60_000_000)) async throws -> [String] {
            let before = engine.now.sent.count
            let outcome = await pach(
                "put", "file", "r@b:/", "-r", "-f", "\(folder.path)/in", engine: engine, environment: environment, now: now)
            #expect(outcome == Outcome(code: 0, output: "", error: ""))
            try letTimePass()
            return engine.now.sent[before...].map(\.description).sorted()
        }

        /// Whether the engine has all of the folder, and each as it is.
        func isWhole() throws -> Bool {
            for number in 0..<300 where FileManager.default.fileExists(atPath: path("d\(number % 3)/f\(number)")) {
                let name = "d\(number % 3)/f\(number)"
                guard try engine.now.putFiles[FilePath(name)] == Array(folder.read("in/\(name)").utf8) else { return false }
            }
            return true
        }

        /// The file that holds what is remembered.
        var cache: String {
            get throws {
                let place = "\(folder.path)/cache/pach/stat"
                return try "\(place)/" + #require(FileManager.default.contentsOfDirectory(atPath: place).first)
            }
        }
    }

    @Test("only what changed is sent, and the commit is told what was left out")
    func changes() async throws {
        let world = try World()
        #expect(try await world.put().count == 300)
        #expect(try await world.put() == [])
        let tree = FakeEngine.World.id(of: world.engine.now.putFiles)
        #expect(world.engine.now.calls.last == "putFiles r@b overwrite but 300 of \(tree)")

        try world.write("other", "d1/f1")
        try world.write("new", "d1/new")
        try world.write("new", "d9/deep/new")
        try FileManager.default.removeItem(atPath: world.path("d2/f2"))
        try world.letTimePass()
        #expect(try await world.put() == ["/d1/f1", "/d1/new", "/d9/deep/new"])
        #expect(try world.isWhole())
        #expect(try await world.put() == [])
    }

    @Test("a file with other content of the same size and the same time of modification is sent")
    func sameSizeAndTime() async throws {
        let world = try World()
        #expect(try await world.put().count == 300)
        let path = world.path("d0/f3")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let time = try #require(attributes[.modificationDate] as? Date)
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.write(contentsOf: Array("CONTENT 3".utf8))
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        #expect(try await world.put() == ["/d0/f3"])
        #expect(try world.isWhole())
    }

    @Test("another file under the name is sent, though its times are older")
    func replaced() async throws {
        let world = try World()
        try world.folder.write("content X", to: "other")
        try world.letTimePass()
        #expect(try await world.put().count == 300)
        try FileManager.default.removeItem(atPath: world.path("d0/f3"))
        #expect(link("\(world.folder.path)/other", world.path("d0/f3")) == 0)
        #expect(try await world.put() == ["/d0/f3"])
        #expect(try world.isWhole())
    }

    @Test("a file that changed so shortly before that a second change might not show is sent once more")
    func racy() async throws {
        let world = try World()
        #expect(try await world.put().count == 300)
        try world.write("racy", "d0/f3")
        let changed = try world.changeTime(of: world.path("d0/f3")) / 1000
        #expect(try await world.put(now: Timestamp(microseconds: Int64(changed + 10_000))) == ["/d0/f3"])
        #expect(try await world.put(now: Timestamp(microseconds: Int64(changed + 30_000))) == ["/d0/f3"])
        #expect(try await world.put() == [])
    }

    @Test("a file that changes between the look at it and its reading is sent again")
    func changedMeanwhile() async throws {
        let world = try World()
        let path = world.path("d0/f3")
        world.engine.change {
            $0.meanwhile = { _ in
                // The same size: only the time tells.
                #expect(FileManager.default.createFile(atPath: path, contents: Data("CONTENT 3".utf8)))
            }
        }
        #expect(try await world.put().count == 300)
        #expect(try await world.put() == ["/d0/f3"])
        #expect(try world.isWhole())
    }

    @Test("what the commit lost or got otherwise meanwhile is sent again")
    func changedCommit() async throws {
        let world = try World()
        #expect(try await world.put().count == 300)
        let (lost, other) = (try FilePath("d0/f0"), try FilePath("d1/f1"))
        world.engine.change {
            $0.putFiles[lost] = nil
            $0.putFiles[other] = [1]
        }
        #expect(try await world.put() == ["/d0/f0", "/d1/f1"])
        #expect(try world.isWhole())
        // While the put is on its way.
        world.engine.change { $0.meanwhile = { $0.putFiles[lost] = nil } }
        #expect(try await world.put() == ["/d0/f0"])
        #expect(try world.isWhole())
        // All of it is gone.
        world.engine.change { $0.putFiles = [:] }
        #expect(try await world.put().count == 300)
    }

    @Test("a cache that is damaged anywhere, cut short or another folder's counts for nothing, and harms nothing")
    func damage() async throws {
        let world = try World()
        #expect(try await world.put().count == 300)
        let cache = try world.cache
        let good = try Data(contentsOf: URL(filePath: cache))
        for place in stride(from: 0, to: good.count, by: good.count / 4) {
            var bad = good
            bad[place] ^= 0x40
            try bad.write(to: URL(filePath: cache))
            #expect(try await world.put().count == 300, "byte \(place)")
        }
        for count in [0, good.count / 2, good.count - 1] {
            try good.prefix(count).write(to: URL(filePath: cache))
            #expect(try await world.put().count == 300, "\(count) bytes")
        }
        #expect(try await world.put() == [])
        try FileManager.default.removeItem(atPath: cache)
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: false)
        #expect(try await world.put().count == 300)
        #expect(try world.isWhole())
    }

    @Test("links are followed, and what they lead to may change")
    func links() async throws {
        let world = try World()
        try world.folder.write("one", to: "else/a")
        try world.folder.write("two", to: "else/b")
        try world.folder.link("in/link", to: "../else/a")
        try world.folder.link("in/folder", to: "../else")
        try world.letTimePass()
        #expect(try await world.put().count == 303)
        #expect(try await world.put() == [])
        try FileManager.default.removeItem(atPath: world.path("link"))
        try world.folder.link("in/link", to: "../else/b")
        #expect(try await world.put() == ["/link"])
        try world.folder.link("in/d0/back", to: "..")
        let outcome = await pach(
            "put", "file", "r@b:/", "-r", "-f", "\(world.folder.path)/in", engine: world.engine, environment: world.environment)
        #expect(outcome.code == 1 && outcome.error.contains("which holds it"))
    }
}
