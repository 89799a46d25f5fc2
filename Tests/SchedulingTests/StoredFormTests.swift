import Metadata
import Model
import Testing

@testable import Scheduling

@Suite("What is hashed and stored has the bytes that it always had")
struct StoredFormTests {
    @Test(
        "the code identity of a transform",
        arguments: [
            (nil, "1fdf7a4b8fed65ae1ce260f84acdbc21a876493c498399b73b83882c2c15c264"),
            (String(repeating: "5a", count: 20), "eaa1b2a75560c7a2b4ebf23b6722f0ab3e51c3ccb2e2d0fdbbf30e2980f9baca"),
        ])
    func codeIdentity(code: String?, identity: String) throws {
        let pipeline = try PipelineName("p")
        let spec = PipelineSpec(
            name: pipeline, transform: Transform(cmd: ["/bin/true", "a/b"]), input: .pfs(PFSInput(repo: try RepoName("in"), glob: "/*")))
        let version = PipelineVersionRow(
            number: 1, spec: spec, userSpec: "", salt: "", code: try code.map { try ObjectID(parsing: $0) }, specCommit: .random())
        #expect(try CodeIdentity(programs: "/nowhere").identity(of: version) == identity)
    }

    @Test("a job's note") func note() throws {
        var counts = DatumCounts()
        counts.total = 3
        counts.processed = 1
        counts.skipped = 2
        let note = JobNote(
            job: try JobID(parsing: "0123456789ab4def8123456789abcdef"), code: "a/b", salt: "s", recovered: [],
            figures: JobNote.Figures(
                version: 2, counts: counts, stats: ProcessStatistics(), planning: 0.5, created: Timestamp(microseconds: 0), started: nil))
        #expect(
            String(decoding: note.encoded(), as: UTF8.self)
                == #"{"code":"a/b","figures":{"created":"1970-01-01T00:00:00.000000Z","failed":0,"planning":0.5,"processed":1,"#
                + #""recovered":0,"restart":0,"skipped":2,"stats":{"download_bytes":0,"download_time":0,"process_time":0,"upload_bytes":0,"#
                + #""upload_time":0},"total":3,"version":2},"job":"0123456789ab4def8123456789abcdef","recovered":[],"salt":"s"}"# + "\n")
        #expect(try JobNote(parsing: note.encoded()) == note)
    }

    @Test("a job's note of numbers that cannot be is corrupt", arguments: [-1, (1 << 60) + 1, Int.max])
    func impossibleNote(_ number: Int) throws {
        var counts = DatumCounts()
        counts.skipped = number
        let note = JobNote(
            job: .random(), code: "", salt: "", recovered: [],
            figures: JobNote.Figures(
                version: 1, counts: counts, stats: ProcessStatistics(), planning: nil, created: Timestamp(microseconds: 0), started: nil))
        let error = #expect(throws: PachError.self) { try JobNote(parsing: note.encoded()) }
        #expect(error?.code == .corrupt)
    }
}
