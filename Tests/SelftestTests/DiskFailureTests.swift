import Foundation
import Testing

@testable import Selftest

@Suite("A sync that fails ends all writing", .serialized)
struct DiskFailureTests {
    /// A server in a house, with the library in front, and commands that find it.
    private func withServer(_ plan: FaultPlan, in house: House, _ body: () throws -> Void) throws {
        let server = try house.start(["serve", "--listen", "127.0.0.1:0"], plan: plan)
        try server.wait(for: "Listening on")
        try body()
        server.send(SIGTERM)
        _ = try server.wait()
    }

    /// Where a sync may fail: the log of a small commit, the pack of a large one, its index, their folder.
    private static let places = [
        (path: "metadata.sqlite-wal", file: "small"), (path: ".pack", file: "big"), (path: ".idx", file: "big"),
        (path: "objects/pack", file: "big"),
        (path: "refs/heads", file: "small"),
    ]

    @Test("invariant 7: nothing is written after it, what was acknowledged is read, and the next start takes up work", arguments: places)
    func once(path: String, file: String) throws {
        try Built.inHouse { house in
            #expect(try house.pach(["create", "repo", "in"]).code == 0)
            #expect(try house.pach(["put", "file", "in@master:/before", "-f", "small"]).code == 0)
            let armed = "\(house.beside)/armed"
            // It fails once: whoever tried again would succeed.
            let plan = FaultPlan(fault: .io, at: 1, path: path, when: armed, countsSyncsAlone: true)
            try withServer(plan, in: house) {
                #expect(try house.pach(["put", "file", "in@master:/served", "-f", "small"]).code == 0)
                #expect(try house.pach(["fsck", "--publish"]).code == 0)
                #expect(FileManager.default.createFile(atPath: armed, contents: nil))
                let failing = try house.pach(["put", "file", "in@master:/failing", "-f", file])
                // A ref is synced after the answer; publishing waits for it.
                _ = try house.pach(["fsck", "--publish"])
                #expect(failing.code == (path == "refs/heads" ? 0 : 1), "\(failing.summary)")
                for _ in 0..<2 {
                    let refused = try house.pach(["put", "file", "in@master:/refused", "-f", "small"])
                    #expect(refused.code == 1)
                    #expect(refused.error.contains("takes no more changes, because the disk failed"), "\(refused.error)")
                }
                let get = try house.pach(["get", "file", "in@master:/served"])
                #expect(get.code == 0 && get.output == "small\n", "\(get.summary)")
            }
            #expect(try house.pach(["put", "file", "in@master:/after", "-f", "small"]).code == 0)
            let names = try house.pach(["list", "file", "in@master:/"]).output
            for name in ["/before", "/served", "/after"] { #expect(names.contains(name)) }
            #expect(!names.contains("/refused"))
            _ = try RootFacts(of: house)
            try RootFacts.checkWithGit(house)
        }
    }
}
