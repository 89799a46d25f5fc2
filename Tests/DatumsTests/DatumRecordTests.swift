import Datums
import Model
import Storage
import TestSupport
import Testing

/// A record of a datum that read `path` and wrote `outputs`.
func record(
    _ fixture: Fixture, path: String = "/a", content: String = "in", salt: String = "salt", state: DatumState = .success,
    outputs: [String: String] = [:]
) throws -> DatumRecord {
    let input = try fixture.file(content)
    let datum = Datum([
        DatumInput(
            name: "ratings", repo: try RepoName("ratings"), branch: .master, path: try FilePath(path), content: input.id,
            kind: input.node.kind)
    ])
    guard let job = JobID("0123456789abcdef0123456789abcdef") else { throw PachError(.invalidArgument, "not an id") }
    return DatumRecord(
        datum, hash: datum.hash(salt: salt, code: "code"), state: state, job: job, tries: 1,
        reason: state == .failed ? "exit code 1" : "", stats: ProcessStatistics(),
        outputs: try outputs.map { DatumOutput(path: try FilePath($0), file: try fixture.file($1)) })
}

@Suite struct DatumRecordTests {
    private func text(_ record: DatumRecord) throws -> String {
        String(decoding: record.encoded(), as: UTF8.self)
    }

    @Test func `A record is one line of JSON with sorted keys`() throws {
        let record = try record(Fixture(), outputs: ["/b/c.txt": "1", "/a": "", "/\u{e9} \"\\\u{1}": "2"])
        #expect(
            try text(record) == """
                {"hash":"\(record.hash)","id":"\(record.id)","inputs":[{"branch":"master",\
                "content":"f087d89141e3cbbced2c5002e0e11c04fcca3cc4","kind":"file","name":"ratings","path":"/a","repo":"ratings"}],\
                "job":"0123456789abcdef0123456789abcdef","outputs":[["/a","e69de29bb2d1d6434b8b29ae775ad8c2e48c5391","file",0],\
                ["/b/c.txt","56a6051ca2b02b04ef92d5150c9ef600403cb1de","file",1],\
                ["/\u{e9} \\"\\\\\\u0001","d8263ee9860594d2806b0dfd1bfd17528b0ba2a4","file",1]],"reason":"","state":"SUCCESS",\
                "stats":{"download_bytes":0,"download_time":0,"process_time":0,"upload_bytes":0,"upload_time":0},"tries":1}

                """)
    }

    @Test func `A record comes back as it was`() throws {
        let fixture = Fixture()
        let large = String(repeating: "0123456789abcdef", count: 1 << 17)
        var record = try record(fixture, path: "/e\u{301}/x", outputs: ["/x": "1", "/big": large])
        record.stats.processSeconds = 0.1
        record.stats.downloadBytes = .max
        #expect(try DatumRecord(decoding: record.encoded()) == record)
        #expect(record.outputs.map(\.file.isChunked) == [true, false])
        let file = try record.write(to: fixture.store)
        #expect(try DatumRecord(reading: file.node, from: fixture.store) == record)
        #expect(record.datum == Datum(record.inputs))
    }

    @Test func `A record of so many outputs that it is itself in chunks is read and written`() throws {
        let fixture = Fixture()
        let outputs = Dictionary(uniqueKeysWithValues: (0..<15_000).map { ("/folder\($0 % 100)/file\($0)", "") })
        let record = try record(fixture, outputs: outputs)
        let file = try record.write(to: fixture.store)
        #expect(file.isChunked)
        #expect(try DatumRecord(reading: file.node, from: fixture.store) == record)
    }

    @Test func `A record stands under the first digits of the datum's id`() throws {
        let id = try #require(Digest(hex: String(repeating: "0123456789abcdef", count: 4)))
        #expect(DatumRecord.path(of: id).description == "/01/23/\(id)")
    }

    @Test(arguments: [
        ("\"tries\":1", "\"tries\":1,\"more\":1"), ("\"tries\":1", "\"tries\":-1"), ("\"tries\":1", "\"tries\":1.5"),
        ("\"tries\":1", "\"trie\":1"), ("\"SUCCESS\"", "\"SKIPPED\""), ("\"SUCCESS\"", "\"FAILED\""), ("\"SUCCESS\"", "\"success\""),
        ("[\"/x\"", "[\"//x\""), ("[\"/x\"", "[\"x\""), ("[\"/x\"", "[\"/../x\""), ("[\"/x\"", "[\"/\""), ("[\"/x\"", "[\"/z\""),
        ("[\"/x\"", "[\"/y\""), ("\"file\",1]", "\"folder\",1]"), ("\"file\",1]", "\"file\",-1]"), ("\"file\",1]", "\"file\",1,1]"),
        ("\"file\",1]", "\"file\"]"), ("\"file\",1]", "\"file\",99999999999999999999]"), ("\"path\":\"/a\"", "\"path\":\"/b\""),
        ("\"kind\":\"file\"", "\"kind\":\"link\""), ("\"kind\":\"file\"", "\"kind\":\"file\",\"s3\":true"), ("{", "["), ("}\n", ""),
        ("\"repo\":\"ratings\"", "\"repo\":\"../x\""), ("\"reason\":\"\"", "\"reason\":null"),
    ])
    func `What was not written so is refused`(part: String, instead: String) throws {
        let text = try text(try record(Fixture(), outputs: ["/x": "1", "/y": "2"]))
        let start = try #require(text.utf8.firstRange(of: part.utf8))
        let damaged = text[..<start.lowerBound] + instead + text[start.upperBound...]
        #expect { try DatumRecord(decoding: Array(damaged.utf8)) } throws: { ($0 as? PachError)?.code == .corrupt }
    }

    @Test func `No bytes make the reader stop the process`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        let good = try record(Fixture(), outputs: ["/x": "1"]).encoded()
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                if Bool.random(using: &generator) {
                    bytes[index] = UInt8.random(in: 0...255, using: &generator)
                } else {
                    bytes.remove(at: index)
                }
            }
            do {
                let record = try DatumRecord(decoding: bytes)
                #expect(record.id == Datum(record.inputs).id, "seed \(seed)")
            } catch {
                #expect(error.code == .corrupt, "seed \(seed)")
            }
        }
        let deep = String(repeating: "[", count: 1 << 20)
        #expect { try DatumRecord(decoding: Array(deep.utf8)) } throws: { ($0 as? PachError)?.code == .corrupt }
        #expect { try DatumRecord(decoding: []) } throws: { ($0 as? PachError)?.code == .corrupt }
    }
}
