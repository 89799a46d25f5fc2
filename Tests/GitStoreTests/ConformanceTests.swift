@testable import GitStore
import Storage
import TestSupport
import Testing

@Suite("A batch is an object store")
struct ConformanceTests {
    let fixture: RepositoryFixture

    init() throws {
        fixture = try RepositoryFixture()
    }

    @Test("in memory", arguments: ObjectStoreRequirement.all)
    func inMemory(_ requirement: ObjectStoreRequirement) throws {
        try requirement.check(fixture.repository.makeBatch())
    }

    @Test("in packs", arguments: ObjectStoreRequirement.all)
    func inPacks(_ requirement: ObjectStoreRequirement) throws {
        let repository = fixture.repository
        let batch = ObjectBatch(repository: repository, base: repository.objects, packByteCount: 10_000)
        var random = SplitMix(seed: 41)
        // More than stays in memory.
        _ = try batch.write(.blob, random.noise(Limits.heldByteCountMax + 1))
        try requirement.check(batch)
    }
}
