@testable import Datums
import Model
import Storage
import TestSupport
import Testing

@Suite struct DatumIndexTests {
    private let fixture = Fixture()

    @Test func `What was added is found, with its outputs beside it`() throws {
        let record = try record(fixture, outputs: ["/x/y": "1", "/z": "2"])
        let empty = DatumIndex(root: nil)
        #expect(try empty.record(of: record.hash, reader: fixture.store) == nil)
        let index = try empty.adding([record], in: fixture.store)
        #expect(try index.record(of: record.hash, reader: fixture.store) == record)
        #expect(try index.record(of: record.id, reader: fixture.store) == nil)

        let hash = record.hash.description
        var paths: [String] = []
        try TreeReader(fixture.store).walk(try #require(index.root)) { path, node in
            if node.kind.isFile { paths.append(path.description) }
            return .proceed
        }
        let entry = "/new/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
        #expect(paths == ["/count", entry + "/out/x/y", entry + "/out/z", entry + "/record"])
        #expect(try index.adding([record], in: fixture.store) == index)
    }

    @Test func `Datums that did not end well are left out`() throws {
        let records = try [DatumState.failed, .recovered].map { try record(fixture, state: $0) }
        #expect(try DatumIndex(root: nil).adding(records, in: fixture.store) == DatumIndex(root: nil))
    }

    @Test func `An index that says nonsense is corrupt`() throws {
        let one = try record(fixture), other = try record(fixture, path: "/other")
        let index = try DatumIndex(root: nil).adding([one], in: fixture.store)
        let reader = TreeReader(fixture.store)
        let root = try #require(index.root)
        func path(_ record: DatumRecord) throws -> FilePath {
            let hash = record.hash.description
            return try FilePath("/new/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)/record")
        }
        let editor = TreeEditor()
        try editor.put(try reader.file(at: try path(one), in: root), at: try path(other))
        try editor.put(try fixture.file("-1"), at: try FilePath("/count"))
        let damaged = DatumIndex(root: try editor.apply(to: root, reader: fixture.store, writer: fixture.store).root)
        #expect { try damaged.record(of: other.hash, reader: fixture.store) } throws: { ($0 as? PachError)?.code == .corrupt }
        #expect { try damaged.adding([try record(fixture, path: "/third")], in: fixture.store) } throws: {
            ($0 as? PachError)?.code == .corrupt
        }
    }

    /// Against a model: two generations as sets.
    @Test(arguments: [1, 2, 5])
    func `The index is bounded, and forgets a generation at a time`(limit: Int) throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        let records = try (0..<40).map { try record(fixture, path: "/\($0)", outputs: ["/out\($0)": "\($0)"]) }
        var index = DatumIndex(root: nil, limit: limit)
        var new: Set<Digest> = [], old: Set<Digest> = []
        for round in 0..<60 {
            let batch = (0..<Int.random(in: 0...7, using: &generator)).map { _ in records[Int.random(in: 0..<40, using: &generator)] }
            for record in batch where !new.contains(record.hash) {
                if new.count == limit { (new, old) = ([], new) }
                new.insert(record.hash)
            }
            index = try index.adding(batch, in: fixture.store)
            for record in records {
                let isKnown = new.contains(record.hash) || old.contains(record.hash)
                let found = try index.record(of: record.hash, reader: fixture.store)
                try #require(found == (isKnown ? record : nil), "seed \(seed), round \(round)")
            }
        }
    }
}
