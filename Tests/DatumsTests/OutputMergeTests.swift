import Datums
import Model
import Storage
import TestSupport
import Testing

@Suite struct OutputMergeTests {
    private let fixture = Fixture()

    private func digest(_ number: UInt8) -> Digest { Digest([number] + Array(repeating: 0, count: 31)) }

    private func outputs(_ files: [String: String]) throws -> [DatumOutput] {
        try files.map { DatumOutput(path: try FilePath($0), file: try fixture.file($1)) }
    }

    private func root(_ files: [String: String]) throws -> ObjectID {
        try fixture.root(Dictionary(uniqueKeysWithValues: try files.map { (try FilePath($0), $1) }))
    }

    private func apply(_ merge: OutputMerge, to base: ObjectID?, owner: Digest? = nil) throws -> TreeEdit {
        try merge.apply(to: base, reader: fixture.store, writer: fixture.store) { _ in owner }
    }

    private func expectFailure(_ merge: OutputMerge, over base: [String: String], owner: Digest? = nil, _ expected: PachError) throws {
        let base = try root(base)
        #expect(throws: expected) { try apply(merge, to: base, owner: owner) }
    }

    private func duplicate(_ path: String, _ first: String, _ second: Digest) -> PachError {
        PachError(.conflict, "duplicate path output by different datums (\(path) from \(first) and \(path) from \(second))")
    }

    @Test func `Outputs that go and come change the base`() throws {
        let base = try root(["/a": "1", "/d/x": "22", "/d/y": "333", "/e/f/g": "4444"])
        var merge = OutputMerge()
        merge.remove(try outputs(["/a": "1", "/e/f/g": "4444"]))
        merge.add(try outputs(["/a": "new", "/e": "a file now"]), of: digest(1))
        merge.add(try outputs(["/d/z": "z"]), of: digest(2))
        let edit = try apply(merge, to: base)
        #expect(edit.root == (try root(["/a": "new", "/d/x": "22", "/d/y": "333", "/d/z": "z", "/e": "a file now"])))
        #expect(edit.delta == FileTotals(files: 1, bytes: 3 + 10 + 1 - 1 - 4))
    }

    @Test func `The order of calls does not matter`() throws {
        let base = try root(["/a": "1"])
        var merge = OutputMerge()
        merge.add(try outputs(["/a": "2"]), of: digest(2))
        merge.remove(try outputs(["/a": "1"]))
        #expect(try apply(merge, to: base).root == (try root(["/a": "2"])))
    }

    @Test func `Nothing changes nothing`() throws {
        let base = try root(["/a": "1"])
        var merge = OutputMerge()
        merge.add([], of: digest(1))
        #expect(merge.isEmpty)
        #expect(try apply(merge, to: base) == TreeEdit(root: base, delta: .zero))
        #expect(try apply(merge, to: nil).root == StorageFormat.emptyRootID)
    }

    @Test(arguments: ["same", "other"])
    func `Two datums of a job must not write one path`(content: String) throws {
        var merge = OutputMerge()
        merge.add(try outputs(["/x/y": "same", "/z": "1"]), of: digest(2))
        merge.add(try outputs(["/x/y": content]), of: digest(1))
        try expectFailure(merge, over: [:], duplicate("/x/y", digest(1).description, digest(2)))
    }

    @Test(arguments: ["same", "other"])
    func `A path that an unchanged datum wrote must not be written`(content: String) throws {
        var merge = OutputMerge()
        merge.add(try outputs(["/x/y": content, "/z": "1"]), of: digest(2))
        try expectFailure(merge, over: ["/x/y": "same"], duplicate("/x/y", "an earlier datum", digest(2)))
        try expectFailure(merge, over: ["/x/y": "same"], owner: digest(9), duplicate("/x/y", digest(9).description, digest(2)))
    }

    @Test func `A path cannot be a file and a folder`() throws {
        let collision = PachError(.conflict, "file / directory path collision (/x)")
        var merge = OutputMerge()
        merge.add(try outputs(["/x": "1"]), of: digest(1))
        try expectFailure(merge, over: ["/x/y": "1"], collision)
        merge.add(try outputs(["/x/y": "1"]), of: digest(2))
        try expectFailure(merge, over: [:], collision)
        merge = OutputMerge()
        merge.add(try outputs(["/x/y/z": "1"]), of: digest(1))
        try expectFailure(merge, over: ["/x": "1"], collision)
    }

    @Test func `A listing that is not that of the base is corrupt`() throws {
        for listed in [["/b": "1"], ["/a": "1", "/a/b": "1"]] {
            var merge = OutputMerge()
            merge.remove(try outputs(listed))
            let base = try root(["/a": "1"])
            #expect { try apply(merge, to: base) } throws: { ($0 as? PachError)?.code == .corrupt }
        }
        var twice = OutputMerge()
        twice.remove(try outputs(["/a": "1"]) + outputs(["/a": "1"]))
        let base = try root(["/a": "1"])
        #expect { try apply(twice, to: base) } throws: { ($0 as? PachError)?.code == .corrupt }
    }

    /// A sequence of jobs, each over the last one's outputs, against a merge of everything from nothing.
    @Test func `Merging job by job is merging all at once`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(seed: seed)
        var good = 0, bad = 0
        for round in 0..<300 {
            var current: [UInt8: [DatumOutput]] = [:]
            var base: ObjectID?
            var totals = FileTotals.zero
            for job in 0..<6 {
                let context = Comment(rawValue: "seed \(seed), round \(round), job \(job)")
                var next = current
                var merge = OutputMerge()
                for datum in UInt8(0)..<8 where Int.random(in: 0..<3, using: &generator) == 0 {
                    if let old = next.removeValue(forKey: datum) { merge.remove(old) }
                    guard Int.random(in: 0..<4, using: &generator) > 0 else { continue }
                    let new = try randomOutputs(of: datum, &generator)
                    merge.add(new, of: digest(datum))
                    next[datum] = new
                }
                var whole = OutputMerge()
                for (datum, outputs) in next { whole.add(outputs, of: digest(datum)) }
                do {
                    let all = try apply(whole, to: nil)
                    let edit = try apply(merge, to: base)
                    try #require(edit.root == all.root, context)
                    totals += edit.delta
                    try #require(totals == all.delta, context)
                    base = edit.root
                    current = next
                    good += 1
                } catch let error as PachError {
                    #expect(error.code == .conflict, context)
                    #expect(throws: PachError.self, context) { try apply(merge, to: base) }
                    bad += 1
                }
            }
        }
        #expect(good > 100 && bad > 100, "seed \(seed)")
    }

    /// Mostly paths of the datum's own, some that others may write too.
    private func randomOutputs(of datum: UInt8, _ generator: inout SplitMix) throws -> [DatumOutput] {
        var files: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            let own = Int.random(in: 0..<10, using: &generator) > 0
            let folder = ["", "/d", "/d/e"].randomElement(using: &generator) ?? ""
            let shared = ["x", "d", "e"].randomElement(using: &generator) ?? "x"
            let name = own ? "\(datum)-\(Int.random(in: 0..<4, using: &generator))" : shared
            files["\(folder)/\(name)"] = "\(Int.random(in: 0..<3, using: &generator))"
        }
        return try outputs(files)
    }
}
