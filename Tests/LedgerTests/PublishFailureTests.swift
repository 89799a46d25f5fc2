import Foundation
import Metadata
import Model
import TestSupport
import Testing

@testable import Ledger

@Suite("What cannot be published")
struct PublishFailureTests {
    @Test("invariant 8: a ref that cannot move holds up no other repo, and its objects are written to a pack once")
    func lockedRef() async throws {
        try await TestLedger.with { ledger, root, repo in
            let other = try RepoName("other")
            try await TestLedger.createRepo(other, ledger)
            try await TestLedger.put("one", at: "/a", in: repo, ledger)
            try await ledger.publish()
            let lock = "\(root.repoPath(repo))/refs/heads/master.lock"
            #expect(FileManager.default.createFile(atPath: lock, contents: nil))
            try await TestLedger.put("two", at: "/a", in: repo, ledger)
            try await TestLedger.put("two", at: "/a", in: other, ledger)
            let error = await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(error?.code == .locked && error?.message.contains("ref refs/heads/master of repo ratings") == true)
            #expect(try GitProgram(repository: root.repoPath(other)).run("show", "master:a") == "two")
            #expect(ledger.landed.byteCount == 0)
            #expect(try await ledger.read { try $0.landings().isEmpty })
            try FileManager.default.removeItem(atPath: lock)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "two")
        }
    }

    @Test("invariant 8: a repo that cannot be published takes commits until its room is full, then says why; all others go on")
    func stuckRepo() async throws {
        try await TestLedger.with { ledger, root, repo in
            let other = try RepoName("other")
            try await TestLedger.createRepo(other, ledger)
            let packs = root.repoPath(repo) + "/objects/pack"
            _ = try ledger.store(repo)
            try FileManager.default.moveItem(atPath: packs, toPath: packs + ".away")
            var random = SplitMix(seed: 6)
            func noise() -> [UInt8] {
                var words = [UInt64](repeating: 0, count: 200 << 7)
                for place in words.indices { words[place] = random.next() }
                return words.withUnsafeBytes { Array($0) }
            }
            try await TestLedger.put(noise(), at: "/a", in: repo, ledger)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try await ledger.problems().keys.map(\.description) == [repo.description])
            var refusal: PachError?
            // Without a bound of its own the repo would fill the room of all.
            for number in 0..<400 where refusal == nil {
                do {
                    try await TestLedger.put(noise(), at: "/a\(number % 5)", in: repo, ledger)
                } catch let error as PachError {
                    refusal = error
                }
            }
            #expect(refusal?.code == .overloaded && refusal?.message.contains("repo \(repo) takes no more commits") == true)
            #expect(refusal?.cause?.contains("objects/pack") == true && refusal?.hint?.contains("pach fsck --fix") == true)
            #expect(ledger.landed.byteCount < Ledger.stuckByteCountMax + 1 << 20)
            for text in ["one", "two"] { try await TestLedger.put(text, at: "/a", in: other, ledger) }
            // One that gets stuck later pays nothing for the room that the first one fills.
            let third = try RepoName("third")
            try await TestLedger.createRepo(third, ledger)
            let thirdPacks = root.repoPath(third) + "/objects/pack"
            _ = try ledger.store(third)
            try FileManager.default.moveItem(atPath: thirdPacks, toPath: thirdPacks + ".away")
            try await TestLedger.put(noise(), at: "/a", in: third, ledger)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try await ledger.problems().count == 2)
            try await TestLedger.put(noise(), at: "/b", in: third, ledger)
            await #expect(throws: PachError.self) { try await TestLedger.put(noise(), at: "/b", in: repo, ledger) }
            try FileManager.default.moveItem(atPath: thirdPacks + ".away", toPath: thirdPacks)
            await #expect(throws: PachError.self) { try await ledger.publish() }
            #expect(try GitProgram(repository: root.repoPath(other)).run("show", "master:a") == "two")
            try FileManager.default.removeItem(atPath: packs + ".away")
            let row = try await ledger.read { try $0.existingRepo(repo) }
            #expect(try ledger.restoreLayout(of: row) == ["the folder objects/pack was gone, and was made anew"])
            try await ledger.publish()
            #expect(try await ledger.problems().isEmpty)
            #expect(ledger.landed.byteCount == 0)
            try await TestLedger.put("again", at: "/a", in: repo, ledger)
            try await ledger.publish()
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "again")
        }
    }

    @Test("a repo that cannot be published is known to whoever opens the root, before anybody asks")
    func stuckRepoOpened() async throws {
        try await TestLedger.with { first, root, repo in
            let packs = root.repoPath(repo) + "/objects/pack"
            try await TestLedger.put("one", at: "/a", in: repo, first)
            try await first.publish()
            try FileManager.default.moveItem(atPath: packs, toPath: packs + ".away")
            try await TestLedger.put("two", at: "/a", in: repo, first)
            try await first.close()
            let second = try Ledger(root: root)
            #expect(try await second.problems().keys.map(\.description) == [repo.description])
            try await second.close()
            try FileManager.default.moveItem(atPath: packs + ".away", toPath: packs)
            let third = try Ledger(root: root)
            #expect(try await third.problems().isEmpty)
            #expect(try GitProgram(repository: root.repoPath(repo)).run("show", "master:a") == "two")
            try await third.close()
        }
    }

    @Test("a failure is told once, and its place is tried again after ever longer pauses")
    func publishFailures() {
        var failures = PublishFailures()
        let place = PublishFailures.Place.ref(1, "refs/heads/master")
        #expect(failures.mayTry(place) && failures.nextRetry == nil)
        let isNews = failures.note(PachError(.locked, "locked"), at: place)
        #expect(isNews && !failures.mayTry(place) && failures.mayTry(.packs(1)) && failures.nextRetry != nil)
        let isNewsAgain = failures.note(PachError(.locked, "locked"), at: place)
        let isOtherNews = failures.note(PachError(.corrupt, "damaged"), at: place)
        #expect(!isNewsAgain && isOtherNews)
        failures.forget { $0.repo == 1 }
        #expect(failures.mayTry(place) && failures.nextRetry == nil)
    }
}
