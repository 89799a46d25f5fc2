import Storage
import TestSupport
import Testing

@Suite struct InMemoryStoreTests {
    @Test(arguments: ObjectStoreRequirement.all)
    func conforms(_ requirement: ObjectStoreRequirement) throws {
        try requirement.check(InMemoryStore())
    }
}
