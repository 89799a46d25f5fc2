import Model
import TestSupport
import Testing

@testable import Storage

@Suite struct TreeSuccessionTests {
    private typealias Listing = [String: ObjectID]

    private func bytes(_ listing: Listing) -> [UInt8] {
        listing.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }.flatMap { name, id in
            TreeBytes.entry(kind: .file, storedName: Array(name.utf8), id: id)
        }
    }

    private func id(_ number: Int) -> ObjectID { ObjectHash.id(of: .blob, Array("\(number)".utf8)) }

    private func listing(_ count: Int) -> Listing {
        Dictionary(uniqueKeysWithValues: (0..<count).map { ("file-\(100_000 + $0)", id($0)) })
    }

    @Test("of a listing's next version exactly what differs is told, whatever the edits", arguments: seeds(30))
    func differences(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        var succession = TreeSuccession()
        var model = listing(Int.random(in: 0...300, using: &generator))
        var former: ObjectID?
        var next = 1_000_000
        for _ in 0..<40 {
            let before = model
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                // Names that others are the beginning of, and ids that end alike, included.
                let name = model.keys.sorted().randomElement(using: &generator) ?? "first"
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: model[name] = nil
                case 1: model[name] = id(next)
                case 2: model["\(name)x"] = model[name] ?? id(next)
                default: model[String(name.dropLast())] = id(next)
                }
                next += 1
            }
            model[""] = nil
            let bytes = bytes(model)
            let tree = ObjectHash.id(of: .tree, bytes)
            let children = try succession.children(of: tree, bytes, since: former)
            let expected = model.filter { former == nil || before[$0.key] != $0.value }
            #expect(children.map(\.id).sorted() == expected.values.sorted(), "seed \(seed)")
            if former != nil {
                #expect(Set(children.compactMap(\.former)) == Set(expected.keys.compactMap { before[$0] }), "seed \(seed)")
            }
            former = tree
        }
    }

    @Test("a tree that was not gone through, or was forgotten, leaves nothing out (invariant 8)")
    func forgotten() throws {
        var succession = TreeSuccession()
        let first = bytes(listing(1_000)), firstID = ObjectHash.id(of: .tree, first)
        #expect(try succession.children(of: firstID, first, since: id(0)).count == 1_000)
        for number in 0..<20 {
            var other = listing(30_000)
            other["other"] = id(number)
            let bytes = bytes(other)
            #expect(try succession.children(of: ObjectHash.id(of: .tree, bytes), bytes, since: nil).count == 30_001)
        }
        var changed = listing(1_000)
        changed["file-100500"] = id(-1)
        let second = bytes(changed)
        #expect(try succession.children(of: ObjectHash.id(of: .tree, second), second, since: firstID).count == 1_000)
    }

    @Test("what is damaged behind an equal beginning is found")
    func damaged() throws {
        var succession = TreeSuccession()
        let first = bytes(listing(1_000)), firstID = ObjectHash.id(of: .tree, first)
        _ = try succession.children(of: firstID, first, since: nil)
        for cut in [1, 20, 21, 40] {
            let damaged = Array(first.dropLast(cut)), damagedID = ObjectHash.id(of: .tree, damaged)
            guard cut % 37 != 0 else { continue }
            #expect(failure { _ = try succession.children(of: damagedID, damaged, since: firstID) } == .corrupt)
            _ = try succession.children(of: firstID, first, since: nil)
        }
    }
}
