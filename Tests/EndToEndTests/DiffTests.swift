import Foundation
import Testing

@Suite("diff file", .endToEnd, .timeLimit(.minutes(5)))
struct DiffTests {
    let house: House

    init() throws {
        house = try House()
    }

    @Test("leaves no copies behind where it is interrupted while another program compares")
    func interrupted() async throws {
        try await house.repo("in", ["a": "1"])
        try house.write("#!/bin/sh\ntouch \"$0.begun\"\nexec sleep 1000\n", to: "compare")
        let temporary = house.path("temporary")
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let environment = Programs.environment(home: house.folder).merging(["TMPDIR": temporary]) { $1 }
        let diff = try Child(
            ["pach", "diff", "file", "in@master:/", "--diff-command", "sh \(house.path("compare"))"], in: house.folder,
            environment: environment)
        while !FileManager.default.fileExists(atPath: house.path("compare.begun")) { await Task.yield() }
        diff.kill(SIGINT)
        #expect(try await diff.wait().code == 128 + SIGINT)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
    }
}
