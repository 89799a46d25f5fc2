import GitStore
import Model
import Storage
import Testing

@testable import Ledger

@Suite("Objects that landed")
struct LandedObjectsTests {
    @Test("are published as they land now, not as an earlier row has them, which goes with it")
    func newest() throws {
        let id = try ObjectID(parsing: String(repeating: "ab", count: 20))
        let landed = LandedObjects()
        let damaged = LandedObject(id: id, kind: .tree, size: 200, deflated: [0])
        let sound = LandedObject(id: id, kind: .tree, size: 200, deflated: [1, 2])
        landed.load([id: damaged], row: 0, repo: 1)
        let row = landed.stage([id: sound], repo: 1)
        let snapshot = landed.snapshot(repo: 1)
        #expect(snapshot.rows == [0, row] && snapshot.objects[id]?.deflated == sound.deflated)
    }

    @Test("are counted as they are, also where one lands again in another form")
    func byteCount() throws {
        let id = try ObjectID(parsing: String(repeating: "ab", count: 20))
        let landed = LandedObjects()
        for (row, byteCount) in [(0, 100), (1, 7)] {
            let object = LandedObject(id: id, kind: .tree, size: 200, deflated: [UInt8](repeating: 0, count: byteCount))
            landed.load([id: object], row: Int64(row), repo: 1)
            #expect(landed.byteCount == byteCount)
        }
        landed.remove(landed.snapshot(repo: 1), repo: 1)
        #expect(landed.byteCount == 0)
    }
}
