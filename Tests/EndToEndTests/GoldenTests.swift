import Foundation
import Testing

/// Data roots of releases, made by `scripts/golden` and never changed: what a release wrote, every later one reads.
@Suite("Data roots of releases open", .endToEnd, .timeLimit(.minutes(10)))
struct GoldenTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/golden").path
    private static let versions =
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?
        .filter { $0.hasSuffix(".tar.gz") }.map { String($0.dropLast(7)) }.sorted() ?? []

    let house: House

    init() throws {
        house = try House()
    }

    private func unpack(_ version: String) async throws {
        try await house.run("tar", "-xzf", "\(Self.folder)/\(version).tar.gz")
    }

    @Test("there is one of each release")
    func presence() {
        #expect(Self.versions.contains("0.1.0"))
    }

    @Test("its files, commits, jobs and datums are what they were, it is sound, and work goes on where it was", arguments: versions)
    func opens(_ version: String) async throws {
        try await unpack(version)
        let gits = try await house.git("in", "log", "--format=%H %(trailers:key=Pach-Commit,valueonly,separator=%x20)", "--all")
        try await house.expectSound()
        #expect(try await house.git("in", "log", "--format=%H %(trailers:key=Pach-Commit,valueonly,separator=%x20)", "--all") == gits)
        for line in gits.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            #expect(try await house.pach("inspect", "commit", "in@\(words[1])").contains("Git Commit: \(words[0])"))
        }
        var texts = try await house.texts("in")
        #expect(texts.removeValue(forKey: "large")?.utf8.count == 3_000_000)
        #expect(
            texts == [
                "folder/a": "more", "folder/b": "two", "folder/c": "three", ".gitattributes": "not an attribute\n",
                "größe und 日本": "ü\n", "empty": "",
            ])
        #expect(try await house.texts("upper") == ["a": "MORE", "b": "TWO", "c": "THREE"])
        #expect(try await house.texts("picky") == ["a": "MORE", "b": "TWO"])
        #expect(try await house.lastJob("upper").progress == "1 + 2 / 3")
        let failed = try await house.lastJob("picky")
        #expect(failed.state == "JOB_FAILURE" && failed.reason.contains("exited with code 3"))
        #expect(
            try await house.json(of: ListedDatum.self, "list", "datum", failed.name).map(\.state).sorted() == [
                "FAILED", "SKIPPED", "SKIPPED",
            ])
        #expect(
            try await house.json(of: ListedPipeline.self, "list", "pipeline").map(\.state).sorted() == [
                "PIPELINE_PAUSED", "PIPELINE_RUNNING",
            ])
        #expect(try await house.pach("get", "file", "in@dev:/open") == "open")
        #expect(try await house.pach("inspect", "repo", "in").contains("the newest 100 of each branch"))

        // Chunks, datum hashes and ids are the same now: what is there is neither stored nor processed again.
        try await house.run("sh", "-c", "head -c 3000000 /dev/zero > large")
        let before = try await house.git("in", "rev-parse", "master:large~pach.chunks")
        try await house.pach("put", "file", "in@master:/large", "-f", "large")
        try await house.put(["folder/d": "four"], in: "in")
        #expect(try await house.runJobs().code == 0)
        #expect(try await house.lastJob("upper").progress == "1 + 3 / 4")
        try await house.pach("gc")
        try await house.expectSound()
        #expect(try await house.git("in", "rev-parse", "master:large~pach.chunks") == before)
    }

    @Test("its database can be made anew from its repos", arguments: versions)
    func rebuilds(_ version: String) async throws {
        try await unpack(version)
        try await house.run("sh", "-c", "rm repos/.pach/metadata.sqlite*")
        #expect(try await house.pach("fsck", "--rebuild").contains("7 repos"))
        #expect(try await house.texts("upper") == ["a": "MORE", "b": "TWO", "c": "THREE"])
        #expect(try await house.runJobs().error == "No job waits.\n")
        try await house.expectSound()
    }

    @Test("a repo of a newer format is read, and not written")
    func newer() async throws {
        try await unpack("0.1.0")
        try await house.run("sed", "-i", "s/format = 1/format = 2/", "repos/in.git/config")
        #expect(try await house.pach("get", "file", "in@master:/folder/b") == "two")
        #expect(try await house.attempt("fsck").code == 0)
        for words in [["put", "file", "in@master:/x"], ["delete", "file", "in@master:/folder/b"]] {
            let refusal = try await house.outcome(["pach"] + words, input: "x")
            #expect(refusal.code == 1 && refusal.error.contains("has storage format 2"), "\(refusal.error)")
        }
        // Others take what comes.
        try await house.repo("new", ["x": "1"])
    }
}
