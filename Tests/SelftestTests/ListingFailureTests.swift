import Foundation
import Testing

@testable import Selftest

@Suite("A folder of a repo that cannot be listed", .enabled(if: Strace.isThere))
struct ListingFailureTests {
    private static let calls = ["openat", "getdents64"]
    private static let packs = "in.git/objects/pack"
    private static let folders = ["in.git", "in.git/objects", packs]

    /// A house with a root of one repo, and a backup of it.
    private func withBackup(_ body: (_ house: House, _ backup: String, _ packs: FileTree) throws -> Void) throws {
        try Built.inHouse { house in
            for step in Script.steps.prefix(2) { #expect(try house.pach(step.words).code == 0) }
            let backup = "\(house.data)/backup"
            #expect(try house.pach(["backup", backup]).code == 0)
            let packs = try FileTree(reading: "\(backup)/\(Self.packs)")
            try #require(!packs.files.isEmpty)
            try body(house, backup, packs)
        }
    }

    @Test("a backup keeps what the earlier one had", arguments: calls, folders)
    func backup(call: String, folder: String) throws {
        try withBackup { house, backup, packs in
            for number in 1... {
                let words = ["backup", backup]
                guard let outcome = try Strace.run(words, house, failing: call, number, on: "\(house.root)/\(folder)") else {
                    #expect(number > 1)
                    return
                }
                #expect(try FileTree(reading: "\(backup)/\(Self.packs)") == packs, "\(call) \(number): \(outcome.summary)")
                // A disk that fails is no repo's own problem, which would be a warning.
                let isTold = outcome.error.contains("Error: ") && outcome.error.contains("Input/output error")
                #expect(outcome.code == 0 || isTold, "\(call) \(number): \(outcome.summary)")
            }
        }
    }

    @Test("a restoration says so, or restores all", arguments: calls, folders)
    func restoration(call: String, folder: String) throws {
        try withBackup { house, backup, packs in
            for number in 1... {
                let root = "\(house.data)/restored-\(number)"
                let words = ["restore", backup, "--root", root]
                guard let outcome = try Strace.run(words, house, failing: call, number, on: "\(backup)/\(folder)") else {
                    #expect(number > 1)
                    return
                }
                if outcome.code == 0 {
                    #expect(try FileTree(reading: "\(root)/\(Self.packs)") == packs, "\(call) \(number)")
                } else {
                    #expect(outcome.error.contains("Input/output error"), "\(call) \(number): \(outcome.summary)")
                }
            }
        }
    }
}
